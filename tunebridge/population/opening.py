"""Which explorer a population has."""

from __future__ import annotations

from tunebridge.population.explorer import Explorer, ExplorerRequest
from tunebridge.population.learned import Learned
from tunebridge.population.perturbation import Perturbation
from tunebridge.population.population import PERTURB


def open_explorer(request: ExplorerRequest) -> Explorer:
    """Return the explorer that a population's `explore` names.

    Raises:
        UnknownNameError: No backend has this name.
        UnsupportedError: The backend does not learn, or not from trials of others.
        TranslationError: It cannot propose some param.
        MissingLibraryError: Its library is not installed.
    """
    return Perturbation(request) if request.population.explore == PERTURB else Learned(request)
