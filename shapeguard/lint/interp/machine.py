"""The machine: what all parts of the interpreter share during one run of a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Half
from shapeguard.axes.evidence import Known
from shapeguard.axes.facts import Fact
from shapeguard.axes.layouts import named
from shapeguard.axes.making import Guard, Within
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import AxisRead, Consumed, Narrowed
from shapeguard.axes.size import UNKNOWN, Expr, symbol, symbols
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp.holding import holds_layer
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.objects import (
    Class,
    Frame,
    Function,
    Instance,
    Maybe,
    Opaque,
)
from shapeguard.lint.place import NodePlace

PACKED = "PackedSequence"
"""What a layer of the program's own may ask of its input, whether it is one."""

COUNTER = "range"
"""What follows ``@`` in the symbols of loop counters, which are whole numbers and no tensors."""

BACKWARDS = "range-"
"""The same for counters that count down."""

LENGTH = "len"
"""What follows ``@`` in the symbols of lengths of lists."""

MAX_DEPTH = 9
"""Calls of the program's own functions are followed this deep."""


class Exhausted(Exception):
    """The run has used up its steps; what was found so far stands."""


@dataclass
class Activation:
    """One call of a function of the program that is being followed."""

    function: Function | None
    returned: list[Any] = field(default_factory=list)
    instance: Instance | None = None
    root: bool = False
    frame: Frame | None = None
    within: Within | None = None
    place: NodePlace | None = None


@dataclass(frozen=True)
class Lap:
    """A round of a loop that is being followed, and how many calls and conditions were under way
    when it began."""

    loop: NodePlace
    number: int
    over: NodePlace
    depth: int
    guards: int


@dataclass
class Machine:
    """One run: the assumed configuration, the facts found, and the statements reached.

    ``closed`` are the branches left out because their conditions were known, ``defaults`` says that
    a parameter's default decided a value, and ``named`` that a Cell was called, or something that
    goes by the name of a layer. ``columns`` are the padded sequences that objects which are not
    followed hold under a key, and ``fields`` torchtext's, each with whether it pads on the right
    and whether its batches come with their lengths.
    ``tree`` is the piece of the program whose own statements were run last.
    """

    budget: int
    assumed: dict[str, Any] = field(default_factory=dict)
    facts: list[tuple[Fact, int]] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)
    splits: dict[str, list[Any]] = field(default_factory=dict)
    stack: list[Activation] = field(default_factory=lambda: [Activation(None)])
    instances: list[Instance] = field(default_factory=list)
    entered: set[tuple[int, int]] = field(default_factory=set)
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    escapes: list[list[Any]] = field(default_factory=list)
    statement: int = 0
    unit: int = 0
    serial: int = 0
    guards: list[Guard] = field(default_factory=list)
    late: set[tuple[int, int]] = field(default_factory=set)
    roles: dict[str, Known] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    decisive: set[str] = field(default_factory=set)
    laps: list[Lap] = field(default_factory=list)
    ahead: bool = False
    cut: int = 0
    root: bool = True
    defaults: bool = False
    closed: list[cst.If | cst.Else | cst.BaseSuite] = field(default_factory=list)
    named: bool = False
    columns: dict[str, Any] = field(default_factory=dict)
    fields: list[tuple[NodePlace, bool, bool]] = field(default_factory=list)
    tree: cst.Module | None = None

    def place(self, node: cst.CSTNode) -> NodePlace:
        """The node as a place of the current unit."""
        return NodePlace(node, self.unit)

    def note(self, fact: Fact) -> None:
        """Keep a fact, with the statement that made it."""
        self.facts.append((fact, self.statement))

    def step(self, statement: cst.CSTNode) -> None:
        """Count one statement as run."""
        self.statement = id(statement)
        self.reached.add(self.statement)
        self.budget -= 1
        if self.budget < 0:
            raise Exhausted

    def fresh(self, name: str) -> Opaque:
        """An unknown value with an identity of its own."""
        self.serial += 1
        return Opaque(f"{name}@{self.serial}")

    def changed(self, old: Any, new: Any, frame: Frame) -> None:
        """A list or dict has new contents, under whatever names it is known."""
        frames = {id(frame): frame}
        for active in self.stack:
            inner = active.frame
            while inner is not None:
                frames[id(inner)] = inner
                inner = inner.parent
        outer = frame.parent
        while outer is not None:
            frames[id(outer)] = outer
            outer = outer.parent
        scopes = [scope.vars for scope in frames.values()]
        scopes += [active.instance.attrs for active in self.stack if active.instance is not None]
        for names in scopes:
            for name, value in names.items():
                if value is old:
                    names[name] = new

    def settle(self, value: Any) -> Any:
        """The value under the assumed configuration."""
        if type(value) is Opaque and value.identity in self.assumed:
            return self.assumed[value.identity]
        return value

    def split(self, opaque: Opaque, *values: Any) -> None:
        """Remember that the program branches on a configuration value."""
        self.asked.add(opaque.identity)
        known = self.splits.setdefault(opaque.identity, [])
        known += [value for value in values if value not in known]

    def joined(self, a: Any, b: Any, asked: tuple[str, ...]) -> Any:
        """One value or the other, after a condition that ``asked`` for configuration values.

        Where that loses which layer it is, the configuration is worth running apart.
        """
        value = join(a, b)
        if asked and value is not a and (holds_layer(a) or holds_layer(b)):
            self.decisive.update(asked)
        return value

    def consume(self, value: Any, by: str, node: cst.CSTNode) -> None:
        """Record that a value is read whole by something that computes with it."""
        if isinstance(value, Tensor):
            if value.source is not None or value.regrouped:
                self.note(Consumed(self.place(node), value, by))
        elif isinstance(value, Maybe):
            self.consume(value.value, by, node)
        elif isinstance(value, Tuple):
            for item in value.items:
                self.consume(item, by, node)
        elif isinstance(value, Packed):
            self.consume(value.tensor, by, node)

    def speaks(self, name: str, value: Any, node: cst.CSTNode) -> None:
        """Remember what the name of a size says of the axis that it was read from."""
        role = named(name) if isinstance(value, Expr) else None
        if role is None or len(symbols(value)) != 1:
            return
        (only,) = symbols(value)
        shown = only.partition("@")[0]
        if not shown.endswith(")") or ".size(" not in shown or dict(value.terms) != {(only,): 1}:
            return
        text = f"{shown} is called `{name}`"
        self.roles.setdefault(only, Known(role, text, self.place(node), proved=False, name=name))

    def narrowed(self, before: Tensor, after: Tensor, node: cst.CSTNode) -> None:
        """Record that one direction's half was cut out of a feature axis."""
        if before.source is None or before.axes is None or after.axes is None or not after.axes:
            return
        had = [axis.halves for axis in before.axes if len(axis.halves) > 1]
        has = [axis.halves for axis in after.axes if axis.halves]
        if had and has and len(has[-1]) == 1 and has[-1][0] is not Half.BOTH:
            self.note(Narrowed(self.place(node), before, has[-1][0].value))

    def counted(self, value: Any, axis: int, node: cst.CSTNode) -> None:
        """Record that an axis is asked for by its number, if a bare squeeze may have dropped it."""
        if (
            isinstance(value, Tensor)
            and axis >= 0
            and any(mark.bare and mark.whole for mark in value.regrouped)
        ):
            self.note(AxisRead(self.place(node), value, axis))

    def near(self, tensor: Tensor) -> bool:
        """Whether a tensor comes from a recurrent layer, or a module at work holds one."""
        if tensor.source is not None or Mark.RECURRENT in tensor.marks:
            return True
        return any(holds_layer(active.instance) for active in self.stack[::-1])

    @property
    def within(self) -> tuple[Within, ...]:
        """The calls of modules' methods under way, outermost first."""
        return tuple(active.within for active in self.stack if active.within is not None)

    @property
    def instance(self) -> Instance | None:
        """The object whose method is being run."""
        return self.stack[-1].instance


def length(machine: Machine) -> Expr:
    """The length of a sequence of which nothing else is known."""
    machine.serial += 1
    return symbol(f"len@{LENGTH}{machine.serial}")


def opaque_part(value: Opaque, part: str) -> Opaque:
    """An attribute or item of an opaque value: the same one wherever it is read."""
    name, _, scope = value.identity.partition("@")
    return Opaque(f"{name}{part}@{scope}")


def unwrap(value: Any) -> Any:
    """A value that may be None, taken as not None because it is being used."""
    while isinstance(value, Maybe):
        value = value.value
    return value


def absent(value: Any) -> Any:
    """Whether a value is None: True, False or UNKNOWN."""
    if value is None:
        return True
    if value is UNKNOWN or isinstance(value, (Maybe, Opaque)):
        return UNKNOWN
    return False
