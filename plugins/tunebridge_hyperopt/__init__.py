"""hyperopt behind tunebridge: tpe, anneal and random as backends."""
