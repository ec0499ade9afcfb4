"""How much each parameter matters, as a page shows it."""

from __future__ import annotations

from tunebridge.display.counted import counted
from tunebridge.pages.document import Section, Table
from tunebridge.result.importances import Importances


def importance_section(found: Importances) -> Section:
    """Return what is said of importances, or why there are none."""
    if found.reason:
        return Section(key="importances", title="What matters", words=[f"No importances. {found.reason}"])
    table = Table(
        caption="Share of what makes values good that each parameter has, as "
        f"{found.evaluator} estimates it from {counted(found.n_trials, 'complete trial')}. "
        "A parameter that the sampler has settled on early seems to matter less than it does.",
        heads=("Parameter", "Share"),
        rows=[[path, f"{share * 100:.1f} %"] for path, share in found.shares.items()],
        bar=1,
    )
    return Section(key="importances", title="What matters", tables=[table])
