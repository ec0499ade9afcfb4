"""What to do about an error of `fmin`'s own, which is kept as it is and gets the next step as a note."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hyperopt.exceptions import AllTrialsFailed, DuplicateLabel

LOSS = 'fn must return the loss as a number, or {"loss": float(value), "status": STATUS_OK}'
POINT = "points_to_evaluate holds dicts of labels: numbers, and for hp.choice the place of the option from 0"

ADVICE = (
    (AttributeError, "hyperopt.fmin", "run", "integers", "give rstate=numpy.random.default_rng(seed)"),
    (AttributeError, "hyperopt.fmin", "__init__", "asynchronous", "give trials=Trials()"),
    (KeyError, "hyperopt.base", "evaluate", "status", LOSS),
    (
        TypeError,
        "hyperopt.base",
        "evaluate",
        "positional argument",
        "fn gets one argument: the point, a dict",
    ),
    (TypeError, "hyperopt.base", "evaluate", "", LOSS),
    (ValueError, "hyperopt.base", "evaluate", "", LOSS),
    (
        TypeError,
        "hyperopt.fmin",
        "run",
        "not callable",
        'give algo=tpe.suggest, a function, or the name of a backend: algo="optuna:gp"',
    ),
    (
        TypeError,
        "hyperopt.fmin",
        "run",
        "non-iterable",
        "give early_stop_fn=no_progress_loss(10), what it returns: it is called here",
    ),
    (
        DuplicateLabel,
        "hyperopt.base",
        "__init__",
        "",
        "give every hp expression a label of its own; one expression may stand in several places",
    ),
    (
        AllTrialsFailed,
        "hyperopt.base",
        "best_trial",
        "",
        "no trial is ok with a loss that is a number: trials.results says why",
    ),
    (AssertionError, "hyperopt.fmin", "fmin", "", f"{POINT}: a list of them"),
    (TypeError, "hyperopt.pyll.base", "rec_eval", "switch", POINT),
    (IndexError, "hyperopt.pyll.base", "rec_eval", "", POINT),
    (
        AssertionError,
        "hyperopt.pyll.base",
        "rec_eval",
        "",
        f"{POINT}; each point names all labels that are active",
    ),
    (
        Exception,
        "hyperopt.fmin",
        "fmin",
        "no evaluation tasks",
        "no trial is ok: trials.results says why; if none ran, give max_evals above what trials holds",
    ),
)
"""Class of an error, module and function that raised it, what its text holds, and the next step."""


@contextmanager
def advised() -> Iterator[None]:
    """Add the next step to an error that hyperopt itself raises."""
    try:
        yield
    except Exception as error:
        if step := next_step(error):
            error.add_note(f"hint: {step}")
        raise


def next_step(error: Exception) -> str:
    """Return what to do about an error, if hyperopt raised it and it is known."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    module, function = trace.tb_frame.f_globals.get("__name__"), trace.tb_frame.f_code.co_name
    text = str(error)
    for kind, its_module, its_function, words, step in ADVICE:
        if isinstance(error, kind) and (module, function) == (its_module, its_function) and words in text:
            return step
    return ""
