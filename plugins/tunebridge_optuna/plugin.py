"""Registers Optuna's samplers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tunebridge import BackendSpec, Capabilities, OpenRequest, Session, hookimpl
from tunebridge_optuna.space import translate, translate_finite, translate_grid

TPE = Capabilities(conditional=True, multi_objective=True, observes_foreign_trials=True)
PLAIN = Capabilities(conditional=True, multi_objective=True)

GENETIC = ("population_size", "mutation_prob", "crossover_prob", "swapping_prob")


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register one backend per sampler."""
    for spec in (
        _spec("tpe", "tree-structured Parzen estimator", TPE,
              options=("n_startup_trials", "n_ei_candidates", "multivariate", "group", "constant_liar")),
        _spec("random", "independent random draws", PLAIN),
        _spec("gp", "Gaussian process", TPE, requires=("torch", "scipy"), extra="optuna,torch",
              options=("n_startup_trials", "deterministic_objective")),
        _spec("cmaes", "covariance matrix adaptation; choices and branches are drawn at random",
              Capabilities(conditional=True), requires=("cmaes",),
              options=("sigma0", "n_startup_trials", "popsize", "use_separable_cma", "with_margin", "lr_adapt")),
        _spec("nsga2", "genetic, for several objectives", PLAIN, options=GENETIC),
        _spec("nsga3", "genetic, for many objectives", PLAIN, options=(*GENETIC, "dividing_parameter")),
        _spec("qmc", "quasi-random low-discrepancy sequence; branches are drawn at random", PLAIN,
              requires=("scipy",), options=("qmc_type", "scramble")),
        _spec("grid", "every point of a flat grid once, shuffled", Capabilities(finite=True, multi_objective=True),
              options=("points",), translate=translate_grid),
        _spec("brute-force", "every point of a finite space once", Capabilities(
              conditional=True, finite=True, multi_objective=True),
              options=("avoid_premature_stop",), translate=translate_finite),
    ):  # fmt: skip
        register(spec)


def _spec(
    sampler: str,
    summary: str,
    capabilities: Capabilities,
    *,
    options: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    extra: str = "optuna",
    translate: Callable[..., object] = translate,
) -> BackendSpec:
    name = f"optuna:{sampler}"
    return BackendSpec(
        name=name,
        summary=summary,
        translate=partial(translate, backend=name),  # type: ignore[arg-type]
        open=partial(_open, sampler, capabilities.observes_foreign_trials),
        requires=("optuna", *requires),
        extra=extra,
        capabilities=capabilities,
        options=(*options, "tell_failures"),
        default=sampler == "tpe",
    )


def _open(sampler: str, learns_from_foreign: bool, request: OpenRequest) -> Session:
    from tunebridge_optuna.session import OptunaSession

    return OptunaSession(request, sampler, learns_from_foreign=learns_from_foreign)
