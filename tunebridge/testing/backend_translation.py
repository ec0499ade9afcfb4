"""What every backend promises about its translation of a space."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import packages_distributions

from hypothesis import given, settings
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge import Backend, Fidelity, OutcomeState, Space
from tunebridge.testing.assertions import assert_declared, assert_same
from tunebridge.testing.backend_studies import Studied
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.strategies import spaces

WITHOUT_LIBRARY = """
import json, sys
name, blocked = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(blocked))
import tunebridge as tb
space = tb.Space(
    x=tb.Float(0, 1), n=tb.Int(1, 9, log=True), z=tb.Normal(0, 1), o=tb.Ordinal([1, 2]), c=tb.Constant(3),
    k=tb.Categorical({"a": tb.Space(m=tb.Float(0, 1, step=0.25)), "b": tb.Space()}, [1, 2]),
    w=tb.Int(1, 9, when=[{"k": "a"}, {"n": tb.Between(3, None)}]),
)
assert len(tb.explain(space, name).parameters) == 8
"""
"""Explains a space where the libraries behind a backend cannot be imported."""


class TranslationContract(Studied):
    """The promises about translations; `BackendContract` includes them."""

    def test_decode_undoes_encode(self, chosen: Backend) -> None:
        """Take random params to the native form and back."""

        def check(space: Space, seed: int) -> None:
            params = space.sample(seed)
            returned = tb.decode(space, chosen, tb.explain(space, chosen).encode(params))
            assert_declared(space, returned)
            assert_same(space, returned, params)

        self._over_spaces(chosen, check, seed=st.integers(0, 2**16))

    def test_one_translation_serves_several_sessions(self, chosen: Backend, shapes: list[Space]) -> None:
        """Build the native space twice from one translation, and use both."""
        for space in shapes:
            translation = tb.explain(space, chosen)
            both = []
            for _ in range(2):
                with Dialogue(chosen, space, translation=translation) as dialogue:
                    both.append(dialogue.proposals([OutcomeState.COMPLETE] * 4))
            assert both[0] == both[1]
            assert both[0]

    def test_explain_has_one_row_per_parameter_in_order(self, chosen: Backend) -> None:
        """Explain generated spaces, those that are refused, too."""

        @settings(deadline=None)
        @given(spaces())
        def check(space: Space) -> None:
            translation = tb.explain(space, chosen)
            assert translation.backend == chosen.spec.name
            assert [row.path for row in translation.parameters] == [node.path for node in space.nodes]
            for node, row in zip(space.nodes, translation.parameters, strict=True):
                assert row.declared == node.declared
                assert row.reason or row.fidelity is Fidelity.EXACT
                assert bool(row.native) == (not node.fixed and row.fidelity is not Fidelity.REFUSED)

        check()

    def test_explain_needs_no_library(self, chosen: Backend) -> None:
        """Explain in a process where the required libraries cannot be imported."""
        wanted = {_canonical(name) for name in chosen.spec.requires}
        owners = packages_distributions().items()
        blocked = [module for module, names in owners if wanted & set(map(_canonical, names))]
        assert blocked or not wanted
        arguments = json.dumps([chosen.spec.name, blocked])
        command = [sys.executable, "-c", WITHOUT_LIBRARY, arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-")
