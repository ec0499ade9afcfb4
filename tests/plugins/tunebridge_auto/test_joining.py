"""`auto` where processes share a study: nobody proposes ahead, and record, `why` and `explain` say so."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.stores.loading import opened

PROBLEM = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0, 1)))
FEWER = "one outcome fewer"


def tune(url: str, **settings: Any) -> tb.Result:
    return tb.tune(PROBLEM, **{"backend": "auto", "n_trials": 3, "storage": url, "study": "s", **settings})


def last_options(url: str) -> dict[str, Any]:
    """Return the options of the backend that proposed last, as they are stored."""
    with opened(url) as store:
        stored = store.load("s")
    assert stored is not None
    return dict(stored.segments[-1]["options"])


def is_ahead(options: dict[str, Any]) -> bool:
    return any(one.get("lookahead") for one in (options, *options["members"].values()))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/studies.db"


def test_no_member_is_recorded_as_proposing_ahead_in_a_study_that_is_shared(url: str) -> None:
    found = tune(url, join=True)
    assert not is_ahead(last_options(url))
    assert last_options(url)["members"]["optuna:gp"] == {"remember": 500}
    assert FEWER not in found.why
    assert FEWER not in tb.load_study(url, "s").why


@pytest.mark.parametrize("backend", ["auto", None])
def test_a_study_that_was_not_shared_before_is_shared_without_proposing_ahead(
    url: str, backend: str | None
) -> None:
    assert FEWER in tune(url).why
    assert is_ahead(last_options(url))
    found = tune(url, join=True, backend=backend, n_trials=5)
    assert len(found.trials) == 5
    assert not is_ahead(last_options(url))


@pytest.mark.parametrize(
    "options",
    [{"lookahead": 1}, {"members": {"optuna:gp": {"lookahead": 1}, "optuna:tpe": {}}}],
    ids=["all", "a member"],
)
def test_who_is_told_to_propose_ahead_cannot_share_a_study(url: str, options: dict[str, Any]) -> None:
    with pytest.raises(tb.ProblemError, match="join=True: processes cannot share a study with lookahead=1"):
        tune(url, join=True, backend=tb.backend("auto", **options))


def test_explain_says_of_a_shared_study_that_nobody_proposes_ahead() -> None:
    assert FEWER in " ".join(tb.explain(PROBLEM.space, "auto").notes)
    assert FEWER not in " ".join(tb.explain(PROBLEM.space, "auto", join=True).notes)
