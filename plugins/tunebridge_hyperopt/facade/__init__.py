"""hyperopt's own `fmin` with any backend: their loop, our sampler."""
