"""Names of Optuna's samplers and pruners, and what they are called here."""

from __future__ import annotations

SAMPLERS = {
    "TPESampler": "tpe",
    "RandomSampler": "random",
    "GPSampler": "gp",
    "CmaEsSampler": "cmaes",
    "NSGAIISampler": "nsga2",
    "NSGAIIISampler": "nsga3",
    "QMCSampler": "qmc",
    "GridSampler": "grid",
    "BruteForceSampler": "brute-force",
}
"""Backends by Optuna's classes."""

PRUNERS = {
    "MedianPruner": "median",
    "PercentilePruner": "percentile",
    "SuccessiveHalvingPruner": "asha",
    "HyperbandPruner": "hyperband",
    "ThresholdPruner": "threshold",
    "PatientPruner": "patient",
    "WilcoxonPruner": "wilcoxon",
    "NopPruner": "",
}
"""Pruners by Optuna's classes; nothing for the one that prunes nothing."""
