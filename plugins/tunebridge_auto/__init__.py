"""`auto`: the installed samplers that share one history, and take turns by what that was worth."""
