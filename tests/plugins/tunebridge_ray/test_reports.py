"""Reports to Ray in the text of a trainable."""

from __future__ import annotations

import pytest

from tunebridge_ray.reports import with_yields


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tune.report({'loss': f(x)})", "(yield {'loss': f(x)})"),
        ("ray.train.report(metrics, checkpoint=None)", "(yield metrics)"),
        ("session.report(loss=1, step=2)", "(yield dict(loss=1, step=2))"),
        ("trial.report(1)", "trial.report(1)"),
        ("s = 'ä'; tune.report({'ä': s})", "s = 'ä'; (yield {'ä': s})"),
    ],
)
def test_each_report_becomes_a_yield_of_its_metrics(before: str, after: str) -> None:
    around = "def train(config):\n    {}\n"
    assert with_yields(around.format(before)) == around.format(after)
