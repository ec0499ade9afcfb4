"""Hypothesis profiles, one of which `HYPOTHESIS_PROFILE` may name; one thread, as all matrices are small."""

import os

from hypothesis import Phase, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before a test imports torch or numpy

settings.register_profile("local", deadline=None, max_examples=20)
settings.register_profile("gates", deadline=None, max_examples=20, derandomize=True, database=None)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.register_profile("unshrunk", settings.get_profile("gates"), phases=[Phase.generate])

strict = os.environ.get("TUNEBRIDGE_STRICT_PLUGINS") == "1" or "CI" in os.environ
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gates" if strict else "local"))
