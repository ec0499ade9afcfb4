"""scipy's Halton sequence as a backend: a whole plugin, written on the public names of tunebridge."""

from collections.abc import Callable, Mapping
from typing import Any

import tunebridge as tb

REASON = "the quantile of one coordinate of the sequence"


@tb.hookimpl
def tunebridge_register_backends(register: Callable[[tb.BackendSpec], None]) -> None:
    """Describe the backend; scipy is imported when it is opened, not before."""
    able = tb.Capabilities(
        conditional=True, multi_objective=True, accepts_foreign_trials=True, independent=True
    )
    summary = "Halton's quasi-random sequence"
    register(tb.BackendSpec(name="scipy:halton", summary=summary, translate=translate, open=HaltonSession,
                            requires=("scipy",), capabilities=able, options=("scramble",)))  # fmt: skip


def translate(space: tb.Space, options: Mapping[str, Any]) -> tb.Translation:
    """Give every parameter a coordinate; a native point maps the active paths to their values."""
    free = [node for node in space.nodes if not node.fixed]
    rows = [tb.TranslatedParameter.of(n, f"u[{n.path}]", tb.Fidelity.EMULATED, REASON) for n in space.nodes]
    return tb.Translation(backend="scipy:halton", parameters=tuple(rows), build=lambda: free,
                          decode=space.flatten, encode=space.unflatten)  # fmt: skip


class HaltonSession:
    """One pass through the sequence, which no outcome changes."""

    def __init__(self, request: tb.OpenRequest) -> None:
        """Make the sequence, with the study's seed unchanged."""
        from scipy.stats.qmc import Halton

        self._decode, self._walk = request.translation.decode, request.space.walk
        self._places = {node.path: place for place, node in enumerate(request.translation.build())}
        scramble = request.options.get("scramble", True)
        self._sequence = Halton(max(len(self._places), 1), scramble=scramble, rng=request.seed)

    def ask(self) -> tb.Suggestion:
        """Return the next point."""
        point, native = self._sequence.random()[0], {}

        def draw(node: tb.Node) -> Any:
            q = 0.0 if node.fixed else float(point[self._places[node.path]])
            native[node.path] = node.parameter.quantile(q)
            return native[node.path]

        self._walk(draw)
        return tb.Suggestion(self._sequence.num_generated, self._decode(native))

    def tell(self, outcome: tb.Outcome) -> str:
        """Take note of nothing."""
        return "not told: the sequence does not learn"

    def close(self) -> None:
        """Hold nothing."""
