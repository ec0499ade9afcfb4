"""What every backend promises, as tests; the cases come from its declared capabilities."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import Backend, OutcomeState
from tunebridge.registry.plugins import registry
from tunebridge.testing import example_spaces
from tunebridge.testing.backend_conditions import ConditionsContract
from tunebridge.testing.backend_growing import GrowingContract
from tunebridge.testing.backend_outcomes import OutcomesContract
from tunebridge.testing.backend_problems import ProblemsContract
from tunebridge.testing.backend_restoring import RestoringContract
from tunebridge.testing.backend_resuming import ResumingContract
from tunebridge.testing.backend_studies import bowl_problem
from tunebridge.testing.backend_suggestions import SuggestionsContract
from tunebridge.testing.backend_trajectories import TrajectoryContract
from tunebridge.testing.backend_translation import TranslationContract
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.example_spaces import accepted, flat_space
from tunebridge.testing.limiting import LimitsContract
from tunebridge.testing.preparing import PreparingContract
from tunebridge.testing.remembering import RememberingContract


class BackendContract(
    LimitsContract,
    ResumingContract,
    RestoringContract,
    ConditionsContract,
    GrowingContract,
    RememberingContract,
    PreparingContract,
    OutcomesContract,
    ProblemsContract,
    SuggestionsContract,
    TranslationContract,
    TrajectoryContract,
):
    """The promises of one backend.

    Subclass it in a test module and override the fixture `backend`. The class attributes make the suite
    quicker, or tell it what it cannot know.
    """

    option_values: ClassVar[Mapping[str, Any]] = {}
    """A value to try of every option that the backend declares."""

    def test_its_spec_is_complete(self, chosen: Backend) -> None:
        """Look it up by name, and read what the command line shows."""
        spec = chosen.spec
        assert registry().backends[spec.name] == spec
        assert spec.summary.strip() == spec.summary != ""
        assert len(set(spec.options)) == len(spec.options)

    def test_an_unknown_option_is_refused_and_the_known_ones_are_named(self, chosen: Backend) -> None:
        """Misspell an option."""
        with pytest.raises(tb.OptionError) as caught:
            tb.backend(chosen.spec.name, no_such_option=1)
        assert "no_such_option" in caught.value.message
        assert all(option in caught.value.hint for option in chosen.spec.options)

    def test_every_declared_option_is_taken(self, chosen: Backend) -> None:
        """Run a few trials with each option."""
        missing = set(chosen.spec.options) - self.option_values.keys()
        assert not missing, "BackendContract.option_values has to cover every option of the spec"
        space = accepted(chosen, example_spaces.CONSTRAINED)
        for option in chosen.spec.options:
            tuned = Backend(chosen.spec, {**chosen.options, option: self.option_values[option]})
            with Dialogue(tuned, space) as dialogue:
                assert len(dialogue.proposals([OutcomeState.COMPLETE] * 4)) == 4

    def test_a_missing_library_is_named_with_the_command_that_brings_it(
        self, chosen: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Open a study as if nothing were installed."""
        space = flat_space(chosen)
        needed = chosen.settled(space, (tb.Direction.MINIMIZE,)).requires
        monkeypatch.setattr("tunebridge.dependencies.installed_version", lambda name: None)
        if not needed:
            tb.open_study(bowl_problem(space), **self._settings(chosen, 0)).close()
            return
        with pytest.raises(tb.MissingLibraryError, match="pip install") as caught:
            tb.open_study(bowl_problem(space), **self._settings(chosen, 0))
        assert all(name in caught.value.message for name in (chosen.spec.name, *needed))
