"""What a plugin implements, and the values that cross the border between it and tunebridge.

A plugin registers a `BackendSpec` per backend. Its `translate` turns a space into a `Translation`; its
`open` starts a `Session`, which is asked for params and told of outcomes. `tunebridge.testing` holds the
suite that proves all that is promised here.
"""
