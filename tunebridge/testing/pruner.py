"""What every pruner promises, as tests over every registered backend."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import Backend, ChosenPruner, Problem, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.testing.example_spaces import flat_space
from tunebridge.testing.leftovers import nothing_left
from tunebridge.testing.pruner_decisions import DecisionsContract
from tunebridge.testing.pruner_reports import ReportsContract

COMPLETE, PRUNED = TrialState.COMPLETE, TrialState.PRUNED


class PrunerContract(DecisionsContract, ReportsContract):
    """The promises of one pruner.

    Subclass it in a test module and override the fixture `pruner`, with options under which it ends some of
    the trials that `curve` describes, and not all.
    """

    option_values: ClassVar[Mapping[str, Any]] = {}
    """A value to try of every option that the pruner declares."""

    def test_its_spec_is_complete(self, chosen: ChosenPruner) -> None:
        """Look it up by name, and read what the command line shows."""
        spec = chosen.spec
        assert registry().pruners[spec.name] == spec
        assert spec.summary.strip() == spec.summary != ""
        assert len(set(spec.options)) == len(spec.options)

    def test_an_unknown_option_is_refused_and_the_known_ones_are_named(self, chosen: ChosenPruner) -> None:
        """Misspell an option."""
        with pytest.raises(tb.OptionError) as caught:
            tb.pruner(chosen.spec.name, no_such_option=1)
        assert "no_such_option" in caught.value.message
        assert all(option in caught.value.hint for option in chosen.spec.options)

    def test_every_declared_option_is_taken(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Run a study with each option."""
        missing = set(chosen.spec.options) - self.option_values.keys()
        assert not missing, "PrunerContract.option_values has to cover every option of the spec"
        for option in chosen.spec.options:
            tuned = ChosenPruner(chosen.spec, {**chosen.options, option: self.option_values[option]})
            result, _ = self._tune(tuned, backend, self.level)
            assert {trial.state for trial in result.trials} <= {COMPLETE, PRUNED}

    def test_a_missing_library_is_named_with_the_command_that_brings_it(
        self, chosen: ChosenPruner, backend: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Open a study as if nothing were installed, on a backend that needs nothing."""
        monkeypatch.setattr("tunebridge.dependencies.installed_version", lambda name: None)
        bare = Backend(replace(backend.spec, requires=()), backend.options)
        if not chosen.spec.requires:
            self._open(chosen, bare, self.level).close()
            return
        with pytest.raises(tb.MissingLibraryError, match="pip install") as caught:
            self._open(chosen, bare, self.level)
        assert all(name in caught.value.message for name in (chosen.spec.name, *chosen.spec.requires))

    def test_several_objectives_are_refused_by_its_name(
        self, chosen: ChosenPruner, backends: list[Backend]
    ) -> None:
        """Open a study of two directions."""
        able = next(backend for backend in backends if backend.spec.capabilities.multi_objective)
        problem = Problem(lambda trial: (1.0, 1.0), flat_space(able), ["minimize", "maximize"])
        with pytest.raises(tb.UnsupportedError) as caught:
            tb.open_study(problem, backend=able, pruner=chosen, n_trials=2, seed=0)
        assert repr(chosen.spec.name) in caught.value.message

    def test_studies_leave_nothing_behind_and_change_nothing_that_others_share(
        self, chosen: ChosenPruner, backend: Backend, tmp_path: Path
    ) -> None:
        """Run a second study; `tunebridge.testing.leftovers` says what is exempt."""
        self._tune(chosen, backend, self.level)
        with nothing_left(tmp_path):
            self._tune(chosen, backend, self.level)
