"""Optuna's tables of studies and trials, as the versions that are known here have them.

They are written down, not asked for: to ask a database for its columns takes longer than to open it.
"""

from __future__ import annotations

from sqlalchemy import DateTime, Enum, Float, Integer, Text, column, table

VERSIONS = frozenset({"v3.2.0.a"})
"""The versions; all releases of Optuna since 3.2 have this one."""

STUDIES = table("studies", column("study_id", Integer))

TRIALS = table(
    "trials",
    column("trial_id", Integer),
    column("number", Integer),
    column("study_id", Integer),
    column("state", Enum("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING", name="trialstate")),
    column("datetime_start", DateTime),
    column("datetime_complete", DateTime),
)

PARAMS = table(
    "trial_params",
    column("trial_id", Integer),
    column("param_name", Text),
    column("param_value", Float),
    column("distribution_json", Text),
)

VALUES = table(
    "trial_values",
    column("trial_id", Integer),
    column("objective", Integer),
    column("value", Float),
    column("value_type", Enum("FINITE", "INF_POS", "INF_NEG", name="trialvaluetype")),
)

REPORTS = table(
    "trial_intermediate_values",
    column("trial_id", Integer),
    column("step", Integer),
    column("intermediate_value", Float),
    column(
        "intermediate_value_type",
        Enum("FINITE", "INF_POS", "INF_NEG", "NAN", name="trialintermediatevaluetype"),
    ),
)

ATTRIBUTES = table(
    "trial_user_attributes", column("trial_id", Integer), column("key", Text), column("value_json", Text)
)

CONSTRAINTS = table(
    "trial_system_attributes", column("trial_id", Integer), column("key", Text), column("value_json", Text)
)
"""In which Optuna keeps constraints."""

PARTS = (PARAMS, VALUES, REPORTS, ATTRIBUTES, CONSTRAINTS)
"""The tables whose rows belong to trials; the id of the trial comes first, then the rest of the key."""
