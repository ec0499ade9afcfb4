"""Scripts of tuning libraries as code of tunebridge: what they say, what they called, how it is written here."""
