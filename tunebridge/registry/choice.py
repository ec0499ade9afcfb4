"""What users choose by name, with options: a backend, a pruner, an executor, an observer, a feedback rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tunebridge import dependencies
from tunebridge.calls import checked, of_the_study
from tunebridge.contract.ahead import OPTION
from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.executor import ExecutorSpec
from tunebridge.contract.observer import ObserverSpec
from tunebridge.contract.option_rules import check_options
from tunebridge.contract.pruner import PrunerSpec
from tunebridge.contract.spec import PluginSpec
from tunebridge.display.brief import brief
from tunebridge.display.counted import with_article
from tunebridge.errors import MissingLibraryError, OptionError, UnknownNameError, did_you_mean
from tunebridge.problem.problem import Direction
from tunebridge.registry import plugins
from tunebridge.registry.manual import MANUAL
from tunebridge.registry.registry import KINDS
from tunebridge.space.space import Space

Spec = TypeVar("Spec", bound=PluginSpec)

SAID = {
    "backend": "backend={}",
    "pruner": "pruner={}",
    "executor": "executor={}",
    "observer": "observers=[{}]",
    "population": "population={}",
}
"""How a study is told of what is no name; what is chosen by name is shown as the call that makes it."""

MEMBERS = "members"
"""The option under which a backend that owns others has their options, by name."""


@dataclass(frozen=True, slots=True, repr=False)
class Chosen(Generic[Spec]):
    """Something registered, chosen by name, with its options."""

    spec: Spec
    """What the plugin registered."""
    options: Mapping[str, Any]
    """The options given, names checked."""

    def __repr__(self) -> str:
        """Show the call that makes it."""
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"{self.kind}({self.spec.name!r}{options})"

    @property
    def kind(self) -> str:
        """What it is: a backend, a pruner, ..."""
        return next(kind for kind, (form, *_) in KINDS.items() if isinstance(self.spec, form))

    @property
    def requires(self) -> tuple[str, ...]:
        """Distributions that must be installed."""
        return self.spec.requires

    @property
    def is_installed(self) -> bool:
        """Whether the libraries behind it are installed."""
        return not self._missing

    def require(self) -> None:
        """Check that the libraries behind it are installed.

        Raises:
            MissingLibraryError: One is not; the hint is the pip command.
        """
        missing = self._missing
        if missing:
            raise MissingLibraryError(
                f"{self.spec.name!r} needs {', '.join(missing)}, which is not installed",
                hint=self._advice(missing),
            )

    @property
    def _missing(self) -> list[str]:
        return [name for name in self.requires if dependencies.installed_version(name) is None]

    def _advice(self, missing: Sequence[str]) -> str:
        return f"run: {install_command(self.spec)}"


class Backend(Chosen[BackendSpec]):
    """A backend chosen by name."""

    @property
    def members(self) -> list[Backend]:
        """The backends whose sessions it owns, as its options name them; none for most.

        What names no backend is for the spec to refuse, as it reads its options.
        """
        if self.spec.members is None:
            return []
        return [backend(name, **options) for name, options in _named(self.options.get(MEMBERS))]

    @property
    def requires(self) -> tuple[str, ...]:
        """Distributions that must be installed, for its members, too."""
        theirs = [name for member in self.members for name in member.requires]
        return tuple(dict.fromkeys([*self.spec.requires, *theirs]))

    def settled(self, space: Space, directions: Sequence[Direction]) -> Backend:
        """Return this backend with its members named, if it owns others.

        Args:
            space: The declared space.
            directions: One per objective.
        """
        if self.spec.members is None:
            return self
        return Backend(
            self.spec, {**self.options, MEMBERS: self.spec.members(space, directions, self.options)}
        )

    @property
    def shared(self) -> Backend:
        """This backend as processes that share a study ask it: of its members it lets none propose ahead.

        Members that are named with their options stay as they are.
        """
        asks_ahead = self.spec.members is not None and OPTION in self.spec.options
        return Backend(self.spec, {OPTION: 0, **self.options}) if asks_ahead else self

    def _advice(self, missing: Sequence[str]) -> str:
        if not self.members:
            return super()._advice(missing)
        lacking = [one for one in self.members if set(one.requires) & set(missing)]
        commands = "; ".join(dict.fromkeys(install_command(one.spec) for one in lacking))
        left = [one.spec.name for one in self.members if one not in lacking]
        if len(left) < 2:
            return f"run: {commands}" + "".join(f"; or choose {name} itself" for name in left)
        return f"run: {commands}; or name its members: tunebridge.backend({self.spec.name!r}, members={left})"


class ChosenPruner(Chosen[PrunerSpec]):
    """A pruner chosen by name."""


class ChosenExecutor(Chosen[ExecutorSpec]):
    """An executor chosen by name."""


class ChosenObserver(Chosen[ObserverSpec]):
    """An observer chosen by name; each study that it is given to opens one of its own."""


C = TypeVar("C", bound=Chosen[Any])


@checked
def backend(name: str | Backend, /, **options: Any) -> Backend:
    """Choose a backend by name.

    Args:
        name: `library` or `library:sampler`; or a chosen backend, whose options are added to; `manual`
            proposes nothing, for a study of the `initial` points alone.
        **options: The backend's options.

    Raises:
        UnknownNameError: No backend has this name.
        OptionError: The backend has no such option, or it takes no such value.
    """
    given = Backend(MANUAL, {}) if isinstance(name, str) and name == MANUAL.name else name
    return _chosen(Backend, "backend", given, options)


def backends() -> list[BackendSpec]:
    """Return all backends that are registered, by name, whether their libraries are installed or not."""
    return [spec for _, spec in sorted(plugins.registry().backends.items())]


@checked
def pruner(name: str | ChosenPruner, /, **options: Any) -> ChosenPruner:
    """Choose a pruner by name.

    Args:
        name: Such as `median` or `asha`; or a chosen pruner, whose options are added to.
        **options: The pruner's options.

    Raises:
        UnknownNameError: No pruner has this name.
        OptionError: The pruner has no such option, or it takes no such value.
    """
    return _chosen(ChosenPruner, "pruner", name, options)


@checked
def executor(name: str | ChosenExecutor, /, **options: Any) -> ChosenExecutor:
    """Choose an executor by name.

    Args:
        name: Such as `processes` or `dask`; or a chosen executor, whose options are added to.
        **options: The executor's options.

    Raises:
        UnknownNameError: No executor has this name.
        OptionError: The executor has no such option, or it takes no such value.
    """
    return _chosen(ChosenExecutor, "executor", name, options)


@checked
def observer(name: str | ChosenObserver, /, **options: Any) -> ChosenObserver:
    """Choose an observer by name, for `observers=[...]`.

    Args:
        name: Such as `mlflow`; or a chosen observer, whose options are added to.
        **options: The observer's options.

    Raises:
        UnknownNameError: No observer has this name.
        OptionError: The observer has no such option.
    """
    return _chosen(ChosenObserver, "observer", name, options)


@checked
def rule(name: str, /, **options: Any) -> Any:
    """Make a feedback rule that a plugin registers.

    Raises:
        UnknownNameError: No rule has this name.
        OptionError: The rule has no such option, or it takes no such value.
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
    other = name.kind if isinstance(name, Chosen) else type(name).__name__.lower()
    if other != kind and other in SAID:
        said = SAID[other].format(brief(name))
        hint = f"it is said to the study itself, beside {with_article(kind)}: tune(..., {said})"
        raise UnknownNameError(f"{with_article(other)} is no {kind}, and is not named as one", hint=hint)
    spec = name.spec if isinstance(name, Chosen) else plugins.registry().find(kind, name)
    if isinstance(name, Chosen):
        options = {**name.options, **options}
    for option in options:
        if option not in spec.options:
            hint = _advised(kind, spec, option, options[option])
            raise OptionError(f"{spec.name} has no option {option!r}", hint=hint)
    check_options(spec.name, spec.rules, options)
    return form(spec, options)


def _named(given: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return members with their options, given as a list of names or as options by name."""
    by_name = given.items() if isinstance(given, Mapping) else []
    pairs = [(name, {}) for name in given] if isinstance(given, list | tuple) else by_name
    return [(name, own) for name, own in pairs if isinstance(name, str) and isinstance(own, Mapping)]


def _advised(kind: str, spec: PluginSpec, option: str, value: Any) -> str:
    """Return what to do about an option that something does not have: who has it, or what it has itself."""
    takers = [one for _, one in sorted(plugins.registry().shelf(kind).items()) if option in one.options]
    if isinstance(spec, BackendSpec) and spec.members is not None:
        able = [one.name for one in takers if one.capabilities.observes_foreign_trials]
        if able:
            given = f"members={{{able[0]!r}: {{{option!r}: {brief(value)}}}, ...}}"
            return f"it goes with a member that takes it ({', '.join(able)}), beside the others: {given}"
    if said := of_the_study(option, {option: value}):
        return said
    known = did_you_mean(option, spec.options)
    names = ", ".join(one.name for one in takers)
    return f"{known}; {option!r} is an option of {names}" if takers else known
