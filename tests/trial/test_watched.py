"""What a callback that watches a training is given: a trial, a metric, and other names of params."""

from typing import Any

import pytest

import tunebridge as tb
from tunebridge.trial.watched import check_watched, unmeasured

TRIAL = tb.Trial({"rate": 0.1}, number=0, seed=0)


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        ({"rat": "lr"}, "names renames 'rat', and no param is called so", "Did you mean 'rate'?"),
        ({"momentum": "lr"}, "names renames 'momentum'", "known: rate"),
        (["rate"], "got ['rate']", 'names={"rate": "learning_rate"}'),
        ({"rate": 3}, "got {'rate': 3}", 'names={"rate": "learning_rate"}'),
    ],
)
def test_names_that_rename_nothing_are_refused(names: Any, message: str, hint: str) -> None:
    with pytest.raises(tb.ProblemError) as caught:
        check_watched(TRIAL, "loss", names)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.in_every_trial


def test_names_of_params_that_are_inactive_in_a_trial_are_taken() -> None:
    trial = tb.Trial({"kind": "sgd"}, number=0, seed=0)
    trial.begin(lambda said: tb.Reply(tb.Decision.CONTINUE), frozenset({"kind", "rate"}))
    check_watched(trial, "loss", {"rate": "lr"})
    with pytest.raises(tb.ProblemError, match="no param is called so"):
        check_watched(trial, "loss", {"rat": "lr"})


@pytest.mark.parametrize(
    ("measured", "message", "hint"),
    [
        ([], "nothing was logged under the name 'vall_loss', nor under any other", "log it"),
        (
            ["val_loss"],
            "under the name 'vall_loss', but under 'val_loss'",
            "Did you mean 'val_loss'? Or take",
        ),
        (["f1"], "under the name 'vall_loss', but under 'f1'", "take one of these"),
    ],
)
def test_a_metric_that_is_not_measured_is_named_with_those_that_are(
    measured: list[str], message: str, hint: str
) -> None:
    error = unmeasured(
        "vall_loss", measured, "nothing was logged", or_else="log it", instead="take one of these"
    )
    assert message in error.message
    assert error.hint.startswith(hint)
    assert error.in_every_trial
