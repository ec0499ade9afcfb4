"""What errors advise, in the words of a command."""

import click
import pytest

import tunebridge as tb
from tests.cli.command_line import Look
from tunebridge.cli.main import app
from tunebridge.cli.wording import quoted, worded

RUN = app.commands["run"].params
COMPARE = app.commands["compare"].params
CONFIRM = app.commands["confirm"].params


@pytest.mark.parametrize(
    ("said", "at_the_command_line"),
    [
        ("give n_trials or max_seconds", "give --n-trials or --max-seconds"),
        ('write storage="sqlite:///tune.db", or ...', "write --storage sqlite:///tune.db, or ..."),
        ('write study="..."; the same name', "write --study NAME; the same name"),
        ("grow=True (--grow)", "--grow"),
        ("grow={'m': 0.9} (--grow --had m=...)", "--grow --had m=..."),
        ('let on_space_change="carry" go on', "let --on-space-change carry go on"),
        ("write devices=['cuda:0', 'cuda:1']", "write --devices cuda:0,cuda:1"),
        ("it is said to the study itself: tune(..., n_jobs=2)", "it is said to the study itself: --n-jobs 2"),
        (
            "give executor=tunebridge.executor('threads', devices=['a'])",
            """give --executor "threads(devices=['a'])" """.strip(),
        ),
        ("tunebridge.backend('auto', share=None)", "--backend 'auto(share=None)'"),
        ("observers=[tunebridge.observer('mlflow')]", "--observer mlflow"),
        ('load_study(..., study="skip")', 'load_study(..., study="skip")'),
        (
            "tunebridge.Problem(objective, space, limits=...)",
            "tunebridge.Problem(objective, space, limits=...)",
        ),
        ("stop=[...] has no option", "stop=[...] has no option"),
        ("the param 'n_jobs' of optimizer.n_jobs", "the param 'n_jobs' of optimizer.n_jobs"),
    ],
)
def test_what_is_an_argument_in_python_is_an_option_of_the_command(
    said: str, at_the_command_line: str
) -> None:
    error = worded(tb.ProblemError("join=True: no", hint=said, in_every_trial=True), RUN)
    assert (error.message, error.hint) == ("--join: no", at_the_command_line)
    assert str(error) == f"--join: no\n  hint: {at_the_command_line}"
    assert type(error) is tb.ProblemError
    assert error.in_every_trial


def test_what_a_command_has_no_option_for_stays_as_it_is() -> None:
    assert worded(tb.ProblemError("join=True: no", hint="backend='a'"), CONFIRM).message == "join=True: no"
    assert worded(tb.ProblemError("no", hint="tunebridge.backend('a')"), COMPARE).hint == "--backends a"


def test_a_failed_study_keeps_its_result() -> None:
    result = tb.tune(tb.Problem(lambda trial: 1.0, tb.Space()), backend="sklearn:random", n_trials=1)
    failed = tb.StudyFailedError("no", "max_seconds=3", result=result)
    error = worded(failed, RUN)
    assert isinstance(error, tb.StudyFailedError)
    assert error.result is result
    assert error.hint == "--max-seconds 3"


@pytest.mark.parametrize(
    ("text", "word"),
    [("svm", "svm"), ("a b", "'a b'"), ("a('b')", """"a('b')" """.strip()), ("it's $1", "'it'\"'\"'s $1'")],
)
def test_a_word_is_quoted_for_a_shell(text: str, word: str) -> None:
    assert quoted(text) == word


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("-b", "optuna:tpe,hyperopt:tpe", "--n-trials", "2"),
            "tunebridge compare FILE.py:problem --backends optuna:tpe,hyperopt:tpe; or let them "
            """take turns in one study: --backend "auto(members=['optuna:tpe', 'hyperopt:tpe'])" """.strip(),
        ),
        (
            ("-b", "optuna:tpe(multivariate=True),hyperopt:tpe"),
            """ "auto(members={'optuna:tpe': {'multivariate': True}, 'hyperopt:tpe': {}})" """.strip(),
        ),
        (("--join", "--n-trials", "2"), "--join shares a stored study with other processes"),
        (
            ("-b", "auto", "-o", "members=optuna:tpe,hyperopt:tpe"),
            "write members=['optuna:tpe', 'hyperopt:tpe']",
        ),
    ],
)
def test_a_command_that_does_not_fit_names_its_own_options(
    look: Look, problem_file: str, words: tuple[str, ...], told: str
) -> None:
    status, _, printed = look("run", problem_file, *words, columns=300)
    assert status == 1
    assert told in " ".join(printed.split())


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--limits", "it is said to the problem: tunebridge.Problem(objective, space, limits=...)"),
        ("--members", "it is an option of auto:credit, turns:two: --backend 'auto:credit(members=...)'"),
        ("--min-resource", "--pruner 'asha(min_resource=...)'"),
        ("--seeds", "--seed"),
    ],
)
def test_an_unknown_option_says_who_has_it(option: str, told: str) -> None:
    with pytest.raises(click.NoSuchOption) as caught:
        app(["run", "p.py:problem", option, "3"], standalone_mode=False)
    assert told in caught.value.format_message()


@pytest.fixture
def problem_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return where a problem is."""
    file = tmp_path_factory.mktemp("problems") / "p.py"
    problem = "tb.Problem(lambda trial: trial['x'], tb.Space(x=tb.Float(0, 1)))"
    file.write_text(f"import tunebridge as tb\nproblem = {problem}\n", encoding="utf-8")
    return f"{file}:problem"
