"""Scripts of tuning libraries as code of tunebridge: what they say, what they call, how it is written."""
