"""Other files of the program: each is followed when it is first imported, in a scope of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from shapeguard.lint.interp.dispatch import run
from shapeguard.lint.interp.machine import Activation, Exhausted, Machine
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.objects import Class, Frame, Origin, Ref
from shapeguard.lint.source import joined

NOTHING = object()


@dataclass(eq=False)
class Module:
    """A file: its statements by number, with whether they are roots; what its imports mean."""

    file: str
    pieces: list[tuple[int, cst.Module, bool]] = field(default_factory=list)
    frame: Frame = field(default_factory=lambda: Frame(None))
    imports: dict[str, Module] = field(default_factory=dict)
    budget: int = 0
    begun: bool = False

    def __post_init__(self) -> None:
        self.frame.module = self

    def load(self, machine: Machine) -> None:
        """Follow its statements, once; what has been bound stays if that ends early."""
        if self.begun:
            return
        self.begun = True
        saved = machine.unit, machine.root, machine.statement
        stack, guards, laps, escapes = machine.stack, machine.guards, machine.laps, machine.escapes
        machine.stack, machine.guards = [Activation(None)], []
        machine.laps, machine.escapes = [], []
        budget, machine.budget = machine.budget, self.budget
        try:
            for number, tree, root in self.pieces:
                machine.unit, machine.root = number, root
                run(machine, tree, self.frame)
        except Exhausted:
            pass
        finally:
            machine.budget = budget
            machine.unit, machine.root, machine.statement = saved
            machine.stack, machine.guards = stack, guards
            machine.laps, machine.escapes = laps, escapes


@dataclass(frozen=True)
class Home(Ref):
    """The name of a module whose file is in view, as ``owner`` writes it."""

    owner: Module

    @property
    def module(self) -> Module | None:
        """The module itself; None for a package that is only passed on the way to one."""
        return self.owner.imports.get(self.dotted)

    def known(self, name: str) -> Any:
        """What a name in it is bound to so far; None if it is not."""
        return self.module.frame.vars.get(name) if self.module is not None else None

    def origin(self, name: str) -> Origin | None:
        """The expression that a name in it was bound from."""
        return self.module.frame.origins.get(name) if self.module is not None else None

    def put(self, name: str, value: Any) -> None:
        """``module.name = value``"""
        if self.module is not None:
            self.module.frame.vars[name] = value
            self.module.frame.origins.pop(name, None)


def imported(machine: Machine, frame: Frame, path: str) -> Module | None:
    """The module in view that an import in a scope names, followed; None if there is none."""
    owner = frame.outermost.module
    module = owner.imports.get(path) if isinstance(owner, Module) else None
    if module is not None:
        module.load(machine)
    return module


def taken(machine: Machine, frame: Frame, path: str, name: str) -> Any:
    """What ``from path import name`` binds."""
    module = imported(machine, frame, path)
    value = module.frame.vars.get(name, NOTHING) if module is not None else NOTHING
    # A layer that is made by hand says more by its name than by how it is made.
    if value is not NOTHING and not (isinstance(value, Class) and value.name in KINDS):
        return value
    return named(frame, joined(path, name))


def origin(frame: Frame, path: str, name: str) -> Origin | None:
    """The expression that such a name was bound from, where the module is in view."""
    owner = frame.outermost.module
    module = owner.imports.get(path) if isinstance(owner, Module) else None
    return module.frame.origins.get(name) if module is not None else None


def named(frame: Frame, path: str) -> Ref:
    """What ``import path`` binds: a name from outside, or a module in view."""
    owner = frame.outermost.module
    if not isinstance(owner, Module):
        return Ref(path)
    within = any(key == path or key.startswith(f"{path}.") for key in owner.imports)
    return Home(path, owner) if within else Ref(path)


def member(machine: Machine, home: Home, name: str, node: cst.CSTNode) -> Any:
    """``module.name``."""
    return taken(machine, home.owner.frame, home.dotted, name)
