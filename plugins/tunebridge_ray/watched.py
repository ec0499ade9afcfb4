"""What is watched of Ray Tune while a script runs: a `Tuner` that is made, and `tune.run`."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge import Argument, Called, CapturedSearch, CaptureSpec, EntryPoint
from tunebridge_ray.reports import with_yields

TIMES = (Argument(name="num_samples", position=-1, default=1),)
"""It stands in a `TuneConfig` inside the call."""

SEARCHES = (
    EntryPoint(
        module="ray.tune",
        name="Tuner.__init__",
        objective=Argument(name="trainable", position=0),
        times=TIMES,
    ),
    EntryPoint(
        module="ray.tune",
        name="run",
        objective=Argument(name="run_or_experiment", position=0),
        times=TIMES,
    ),
)


def capture_spec() -> CaptureSpec:
    """Return Ray Tune's searches in scripts."""
    return CaptureSpec(
        name="ray",
        summary="a Tuner that is made, and tune.run",
        requires=("ray", "pandas", "pyarrow"),
        extra="ray",
        libraries=("ray",),
        entries=SEARCHES,
        read=_read,
        harmless=("ray.tune.*", "ray.train.*Config"),
        rewrite=with_yields,
    )


def _read(search: Called, noted: Sequence[Called]) -> CapturedSearch:
    from tunebridge_ray.capture import read

    return read(search)
