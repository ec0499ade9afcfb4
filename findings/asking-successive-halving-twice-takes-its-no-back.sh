#!/usr/bin/env bash
# Optuna 5.0.0: SuccessiveHalvingPruner, and Hyperband over it, note a rung as passed before they say whether the trial passes it.
# Guess: trial.should_prune() is a question; asked again, with nothing reported in between, it has the same answer.
# What happens: at the step where the trial is to stop, the first answer is True and the second False: the rung counts as done, so that the second
# question is about the next rung, which the trial has not reached. The median and percentile pruners answer twice alike.
# Why it matters: a loop that looks once to log and once to raise, a framework's callback beside the script's own check, or each
# of several workers that trains one model together, hears both answers; whoever listens to the last one trains on every trial that was
# pruned, and the study has no pruned trial at all, while its log says that they were.
# What to do: ask once per report, and hand the answer on.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def answers(pruner, n_questions):
    """Return what a trial that is worse than three others hears at each of eight steps."""
    study = optuna.create_study(direction="maximize", pruner=pruner, study_name="s")
    heard = []
    for value in (9.0, 8.0, 7.0, 1.0):
        trial, heard = study.ask(), []
        for step in range(1, 9):
            trial.report(value, step)
            heard.append([trial.should_prune() for _ in range(n_questions)])
        study.tell(trial, value)
    return heard


halving = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
once, twice = answers(halving, 1), answers(halving, 2)
assert once[0] == [True], once
assert twice[0] == [True, False], "a second question has the first one's answer now"
assert not any(last for _, last in twice), "the last answer says stop at some step now"
median = answers(optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=0), 2)
assert any(first for first, _ in median) and all(first == last for first, last in median)
hyperband = answers(optuna.pruners.HyperbandPruner(min_resource=1, max_resource=8, reduction_factor=2), 2)
assert [True, False] in hyperband, "Hyperband answers twice alike now"
print("successive halving, asked twice a step:", twice)
print("median:", median)
print("hyperband:", hyperband)
PYTHON
