"""What users choose by name, with options: a backend, a pruner, an executor, a feedback rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tunebridge import dependencies
from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.executor import ExecutorSpec
from tunebridge.contract.pruner import PrunerSpec
from tunebridge.contract.spec import PluginSpec
from tunebridge.errors import MissingLibraryError, OptionError, did_you_mean
from tunebridge.registry import plugins
from tunebridge.registry.manual import MANUAL
from tunebridge.registry.registry import KINDS

Spec = TypeVar("Spec", bound=PluginSpec)


@dataclass(frozen=True, slots=True, repr=False)
class Chosen(Generic[Spec]):
    """Something registered, chosen by name, with its options."""

    spec: Spec
    """What the plugin registered."""
    options: Mapping[str, Any]
    """The options given, names checked."""

    def __repr__(self) -> str:
        """Show the call that makes it."""
        maker = next(kind for kind, (form, *_) in KINDS.items() if isinstance(self.spec, form))
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"{maker}({self.spec.name!r}{options})"

    def require(self) -> None:
        """Check that the libraries behind it are installed.

        Raises:
            MissingLibraryError: One is not; the hint is the pip command.
        """
        missing = [name for name in self.spec.requires if dependencies.installed_version(name) is None]
        if missing:
            raise MissingLibraryError(
                f"{self.spec.name!r} needs {', '.join(missing)}, which is not installed",
                hint=f"run: {install_command(self.spec)}",
            )


class Backend(Chosen[BackendSpec]):
    """A backend chosen by name."""


class ChosenPruner(Chosen[PrunerSpec]):
    """A pruner chosen by name."""


class ChosenExecutor(Chosen[ExecutorSpec]):
    """An executor chosen by name."""


C = TypeVar("C", bound=Chosen[Any])


def backend(name: str | Backend, /, **options: Any) -> Backend:
    """Choose a backend by name.

    Args:
        name: `library` or `library:sampler`; or a chosen backend, whose options are added to; `manual`
            proposes nothing, for a study of the `initial` points alone.
        **options: The backend's options.

    Raises:
        UnknownNameError: No backend has this name.
        OptionError: The backend has no such option.
    """
    given = Backend(MANUAL, {}) if isinstance(name, str) and name == MANUAL.name else name
    return _chosen(Backend, "backend", given, options)


def pruner(name: str | ChosenPruner, /, **options: Any) -> ChosenPruner:
    """Choose a pruner by name.

    Args:
        name: Such as `median` or `asha`; or a chosen pruner, whose options are added to.
        **options: The pruner's options.

    Raises:
        UnknownNameError: No pruner has this name.
        OptionError: The pruner has no such option.
    """
    return _chosen(ChosenPruner, "pruner", name, options)


def executor(name: str | ChosenExecutor, /, **options: Any) -> ChosenExecutor:
    """Choose an executor by name.

    Args:
        name: Such as `processes` or `dask`; or a chosen executor, whose options are added to.
        **options: The executor's options.

    Raises:
        UnknownNameError: No executor has this name.
        OptionError: The executor has no such option.
    """
    return _chosen(ChosenExecutor, "executor", name, options)


def rule(name: str, /, **options: Any) -> Any:
    """Make a feedback rule that a plugin registers.

    Raises:
        UnknownNameError: No rule has this name.
        OptionError: The rule has no such option.
    """
    chosen = _chosen(Chosen, "rule", name, options)
    return chosen.spec.make(**chosen.options)


def install_command(spec: PluginSpec) -> str:
    """Return the pip command that brings the libraries of a spec."""
    wanted = f'"tunebridge[{spec.extra}]"' if spec.extra else " ".join(spec.requires)
    return f"pip install {wanted}"


def _chosen(form: type[C], kind: str, name: Any, options: Mapping[str, Any]) -> C:
    """Return something chosen by name, or what was chosen before with options added to it."""
    if isinstance(name, form) and not options:
        return name
    spec = name.spec if isinstance(name, Chosen) else plugins.registry().find(kind, name)
    if isinstance(name, Chosen):
        options = {**name.options, **options}
    for option in options:
        if option not in spec.options:
            hint = did_you_mean(option, spec.options)
            raise OptionError(f"{spec.name} has no option {option!r}", hint=hint)
    return form(spec, options)
