"""The options of Optuna's samplers and pruners that are passed on, and what their values have to be.

Optuna itself takes values with which it fails at a later trial.
"""

from __future__ import annotations

from math import inf

from tunebridge import Ahead, Either, Number, OneOf, OptionRule, Remembered, Whole

COUNT, SHARE = Whole(0), Number(low=0, high=1)
FLAG, NONE = OneOf(True, False), OneOf(None)

TPE: dict[str, OptionRule] = {
    "n_startup_trials": COUNT,
    "n_ei_candidates": Whole(1),
    "multivariate": OneOf(True, False, None),
    "group": FLAG,
    "constant_liar": FLAG,
    "remember": Remembered.RULE,
    "lookahead": Ahead.RULE,
}
GP: dict[str, OptionRule] = {
    "n_startup_trials": COUNT,
    "deterministic_objective": FLAG,
    "flat": FLAG,
    "remember": Remembered.RULE,
    "lookahead": Ahead.RULE,
}
CMAES: dict[str, OptionRule] = {
    "n_startup_trials": COUNT,
    "popsize": Either(Whole(2), NONE),
    "use_separable_cma": FLAG,
    "with_margin": FLAG,
    "lr_adapt": FLAG,
}
GENETIC: dict[str, OptionRule] = {
    "population_size": Whole(2),
    "mutation_prob": Either(SHARE, NONE),
    "crossover_prob": SHARE,
    "swapping_prob": SHARE,
}
MANY: dict[str, OptionRule] = {**GENETIC, "dividing_parameter": Whole(1)}
QMC: dict[str, OptionRule] = {"qmc_type": OneOf("sobol", "halton"), "scramble": FLAG}
FAILURES = OneOf("avoid", "native")

STEPS: dict[str, OptionRule] = {
    "n_startup_trials": COUNT,
    "n_warmup_steps": COUNT,
    "interval_steps": Whole(1),
    "n_min_trials": Whole(1),
}
ASHA: dict[str, OptionRule] = {
    "min_resource": Either(Whole(1), OneOf("auto")),
    "reduction_factor": Whole(2),
    "min_early_stopping_rate": COUNT,
    "bootstrap_count": COUNT,
    "resume": FLAG,
}
HYPERBAND: dict[str, OptionRule] = {
    "min_resource": Whole(1),
    "max_resource": Either(Whole(1), OneOf("auto")),
    "reduction_factor": Whole(2),
    "bootstrap_count": COUNT,
}
BOUND = Either(Number(), OneOf(None, inf, -inf))
THRESHOLD: dict[str, OptionRule] = {
    "lower": BOUND,
    "upper": BOUND,
    "n_warmup_steps": COUNT,
    "interval_steps": Whole(1),
}
PATIENT: dict[str, OptionRule] = {"patience": COUNT, "min_delta": Number(low=0)}
WILCOXON: dict[str, OptionRule] = {"p_threshold": SHARE, "n_startup_steps": COUNT}
