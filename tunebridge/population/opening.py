"""Which explorer a population has."""

from __future__ import annotations

from tunebridge.errors import UnknownNameError, did_you_mean
from tunebridge.population.explorer import Explorer, ExplorerRequest
from tunebridge.population.learned import Learned
from tunebridge.population.perturbation import Perturbation
from tunebridge.population.population import PERTURB
from tunebridge.registry.choice import backends


def open_explorer(request: ExplorerRequest) -> Explorer:
    """Return the explorer that a population's `explore` names.

    Raises:
        UnknownNameError: It is neither "perturb" nor the name of a backend.
        UnsupportedError: The backend does not learn, or not from trials of others.
        TranslationError: It cannot propose some param.
        MissingLibraryError: Its library is not installed.
    """
    explore = request.population.explore
    if explore == PERTURB:
        return Perturbation(request)
    try:
        return Learned(request)
    except UnknownNameError as error:
        known = (PERTURB, *(spec.name for spec in backends()))
        raise UnknownNameError(
            f"no explorer is called {explore!r}", hint=did_you_mean(str(explore), known)
        ) from error
