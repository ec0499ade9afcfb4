"""`read_space`: whose space it is, what is refused, what is lossy, and the way back."""

import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

import tunebridge as tb
from tunebridge.registry import plugins
from tunebridge.registry.readers import readers_of_space

SPACE = tb.Space(x=tb.Float(0, 1), c=tb.Categorical({"a": tb.Space(y=tb.Int(1, 3)), "b": tb.Space()}))
MODEL = LogisticRegression()
LISTS = {"C": [0.1, 1.0], "penalty": ["l1", "l2"]}


class Domain:
    """What a library of nobody's draws from."""

    def __init__(self, fidelity: tb.Fidelity = tb.Fidelity.EXACT) -> None:
        self.fidelity = fidelity


class Wide(Domain):
    """A class derived from it."""


class Other:
    """What another library draws from."""


def read_domains(source: Mapping[str, Domain]) -> tb.Reading:
    space = tb.Space({name: tb.Float(0, 1) for name in source})
    rows = [
        tb.TranslatedParameter(
            path=name,
            declared=repr(space[name]),
            native="Domain()",
            fidelity=domain.fidelity,
            reason="so it is" if domain.fidelity is not tb.Fidelity.EXACT else "",
        )
        for name, domain in source.items()
    ]
    return tb.Reading(source="a space of nobody's", space=space, parameters=tuple(rows), back=dict)


def spec(name: str, kind: type, **rest: Any) -> tb.ReaderSpec:
    parts = (f"{kind.__module__}.{kind.__qualname__}",)
    return tb.ReaderSpec(name=name, summary=f"dicts of {name}", space=read_domains, parts=parts, **rest)


@pytest.fixture
def _readers(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = plugins.registry().readers
    for one in (spec("domains", Domain), spec("others", Other, requires=("no-such-library",))):
        monkeypatch.setitem(readers, one.name, one)


def test_a_space_of_tunebridge_is_read_as_itself() -> None:
    reading = tb.read_space(SPACE)
    assert reading.space is SPACE
    params = SPACE.sample(0)
    assert reading.params(params) == params
    assert {row.fidelity for row in reading.parameters} == {tb.Fidelity.EXACT}
    assert [row.path for row in reading.parameters] == [node.path for node in SPACE.nodes]


@pytest.mark.parametrize("given", [None, 0.5, [("x", 1)]])
def test_what_is_no_point_of_the_space_is_named(given: Any) -> None:
    with pytest.raises(tb.SpaceError, match=r"takes a trial(.|\n)*best_params"):
        tb.read_space(SPACE).params(given)


@pytest.mark.usefixtures("_readers")
@pytest.mark.parametrize(
    "source", [{"x": Domain()}, {"x": Wide()}, {"x": 3, "y": [1, (2, Wide())]}, [{"x": Domain()}], Domain()]
)
def test_a_reader_is_found_by_the_classes_of_what_a_space_holds(
    source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def take(given: Any) -> tb.Reading:
        seen.append(given)
        return read_domains({"x": Domain()})

    own = tb.ReaderSpec(name="domains", summary="", parts=spec("", Domain).parts, space=take)
    monkeypatch.setitem(plugins.registry().readers, "domains", own)
    assert tb.read_space(source).space == tb.Space(x=tb.Float(0, 1))
    assert seen == [source]


@pytest.mark.usefixtures("_readers")
def test_a_class_that_says_whose_a_space_is_goes_before_what_only_looks_like_one() -> None:
    def named(source: Any) -> list[str]:
        return [one.name for one in readers_of_space(source)]

    assert named(LISTS) == ["sklearn-space"]
    assert named({**LISTS, "x": Domain()}) == ["domains"]


@pytest.mark.usefixtures("_readers")
def test_a_space_of_two_libraries_is_an_error_that_names_both() -> None:
    with pytest.raises(tb.SpaceError, match="may be dicts of domains; dicts of others") as caught:
        tb.read_space({"x": Domain(), "y": Other()})
    assert "the words of one library" in caught.value.hint


@pytest.mark.usefixtures("_readers")
def test_a_library_that_is_not_installed_is_named_with_the_command() -> None:
    with pytest.raises(tb.MissingLibraryError, match="pip install no-such-library"):
        tb.read_space({"x": Other()})


@pytest.mark.usefixtures("_readers")
def test_refused_parameters_are_all_named_with_their_reasons_whatever_on_lossy_says() -> None:
    refused = Domain(tb.Fidelity.REFUSED)
    with pytest.raises(tb.TranslationError) as caught:
        tb.read_space({"x": refused, "y": Domain(), "z": refused}, on_lossy="warn")
    assert "x: Domain(): so it is" in caught.value.message
    assert "z: Domain(): so it is" in caught.value.message
    assert "y:" not in caught.value.message
    assert "declare the space as tunebridge.Space" in caught.value.hint


@pytest.mark.usefixtures("_readers")
def test_lossy_parameters_stop_unless_they_are_allowed_and_are_then_said_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lossy = {"x": Domain(tb.Fidelity.LOSSY)}
    with pytest.raises(tb.TranslationError, match="x: Domain\\(\\): so it is") as caught:
        tb.read_space(lossy)
    assert "on_lossy='warn'" in caught.value.hint
    assert tb.read_space(lossy, on_lossy="warn").rows(tb.Fidelity.LOSSY)
    assert "is lossy" in caplog.text


def test_on_lossy_takes_its_two_words_only() -> None:
    with pytest.raises(tb.ProblemError, match="on_lossy must be 'error' or 'warn'"):
        tb.read_space(SPACE, on_lossy="warm")  # type: ignore[arg-type]


def objective(trial: Mapping[str, Any]) -> float:
    return 0.0


NO_SPACES: dict[str, tuple[Any, str]] = {
    "an objective": (objective, "an objective has no space of its own"),
    "a number": (3, "tunebridge.Space\\(name=parameter"),
    "a dict of numbers": ({"x": 3}, r"give it a range or a list, 'x': \[3, ...\]"),
    "parameters of ours": ({"x": tb.Float(0, 1)}, r"write tunebridge.Space\({'x': Float\(0.0, 1.0\)}\)"),
    "nothing": ({}, "what is read: "),
    "None": (None, "what is read: .*scikit-learn"),
}


@pytest.mark.parametrize("case", NO_SPACES)
def test_what_is_no_space_is_an_error_that_says_what_to_give(case: str) -> None:
    given, advice = NO_SPACES[case]
    with pytest.raises(tb.SpaceError, match=advice):
        tb.read_space(given)


def test_a_reading_prints_as_a_translation_does() -> None:
    reading = tb.read_space({"C": stats.loguniform(0.1, 10), "g": stats.expon(), "k": ["a", "b"]})
    shown = str(reading)
    for text in (
        "a search space of scikit-learn's",
        "parameter",
        "declared",
        "fidelity",
        "exact",
        "emulated",
    ):
        assert text in shown
    assert "scipy.stats.expon()" in " ".join(shown.split())


def test_params_takes_a_trial_a_record_or_params_and_checks_what_nobody_has_checked() -> None:
    reading = tb.read_space({"C": stats.expon(), "k": ["a", "b"]})
    params = {"C": 0.5, "k": "b"}
    expected = {"C": stats.expon().ppf(0.5), "k": "b"}
    record = tb.TrialRecord(
        number=0, state=tb.TrialState.COMPLETE, params=params, values=(1.0,), backend="x", told="",
        error=None, seed=0, started=datetime.now(UTC), finished=None, sampler_seconds=0.0,
        objective_seconds=0.0,
    )  # fmt: skip
    for given in (params, {"k": "'b'", "C": 0.5}, record, tb.Trial(params, number=0, seed=0)):
        assert reading.params(given) == expected
    with pytest.raises(tb.SpaceError, match="C: is missing"):
        reading.params({"k": "b"})
    with pytest.raises(tb.SpaceError, match="must be in"):
        reading.params({"k": "b", "C": 7.0})


def test_a_trial_whose_param_feedback_moved_out_of_its_bounds_is_read_all_the_same() -> None:
    reading = tb.read_space({"C": stats.uniform(1, 2)})
    trial = tb.Trial({"C": 1.5}, number=0, seed=0)
    trial["C"] = 0.25
    assert reading.params(trial) == {"C": 0.25}


def test_a_reading_can_be_pickled() -> None:
    reading = tb.read_space([{"C": stats.expon()}, {"k": ["a", "b"]}])
    again = pickle.loads(pickle.dumps(reading))
    assert again.parameters == reading.parameters
    params = reading.space.sample(3)
    assert again.params(params) == reading.params(params)


# The dictionaries of scikit-learn.


def test_each_kind_of_scikit_learns_values_has_its_fidelity() -> None:
    reading = tb.read_space(
        [{"a": [1, 2], "b": stats.uniform(1, 2), "c": stats.expon()}, {"d": Coin(), "e": [None, "x"]}]
    )
    found = {row.path: (row.declared, row.fidelity.value) for row in reading.parameters}
    assert found == {
        "_dict": ("Categorical({'0': Space(a, b, c), '1': Space(d, e)})", "emulated"),
        "_dict.0.a": ("Ordinal([1, 2])", "exact"),
        "_dict.0.b": ("Float(1.0, 3.0)", "exact"),
        "_dict.0.c": ("Float(1e-09, 0.999999999)", "emulated"),
        "_dict.1.d": ("Int(0, 2147483647)", "emulated"),
        "_dict.1.e": ("Categorical([None, 'x'])", "exact"),
    }


class Coin:
    def rvs(self, random_state: Any) -> Any:
        return random_state.choice(["heads", "tails"])


@pytest.mark.parametrize("make", [GridSearchCV, RandomizedSearchCV])
def test_a_search_of_scikit_learns_is_read_by_what_it_is_over(make: Callable[..., Any]) -> None:
    assert tb.read_space(make(MODEL, LISTS)).space == tb.read_space(LISTS).space


MISTAKES: dict[str, tuple[Any, str]] = {
    "a string for a list": ({"kernel": "rbf", "C": [1, 2]}, r"write \['rbf'\]"),
    "a bare value": ({"C": 3, "k": [1]}, "a fixed value is a list of one"),
    "a parameter of ours": ({"C": tb.Float(0, 1), "k": [1]}, "C: must be a list or a distribution"),
    "no values": ({"C": []}, "C: needs at least one choice"),
    "a dict within": ({"C": [1], "svm": {"gamma": [1]}}, "what is read: "),
    "its results": ({"params": [{"C": 1}], "mean_fit_time": [0.1]}, "what is read: "),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_in_a_dict_of_scikit_learns_are_errors_of_a_space_that_say_what_to_write(case: str) -> None:
    given, advice = MISTAKES[case]
    with pytest.raises(tb.SpaceError, match=advice):
        tb.read_space(given)


# What a plugin registers.


def test_a_reader_that_reads_nothing_is_refused() -> None:
    with pytest.raises(tb.PluginError, match="the reader 'idle' reads nothing"):
        tb.ReaderSpec(name="idle", summary="")


@pytest.mark.parametrize("value", [3, 0.5, "a", True, None])
def test_a_dict_of_one_plain_value_is_told_how_to_write_it(value: Any) -> None:
    with pytest.raises(tb.SpaceError) as caught:
        tb.read_space({"C": value})
    assert f"'C' has one value: give it a range or a list, 'C': [{value!r}, ...]" in caught.value.hint
    assert f"tunebridge.Constant({value!r})" in caught.value.hint
