"""The command line: backends, explain, run, compare, and a look at what is stored."""
