"""Loops that hand a recurrent layer one step at a time: which step, and with which state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Role
from shapeguard.axes.carrying import StepsApart
from shapeguard.axes.facts import CellCalled, Fact, RnnCalled
from shapeguard.axes.layer import Call
from shapeguard.axes.reading import Reshaped
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Opaque
from shapeguard.lint.interp.trees import children, walk
from shapeguard.lint.place import NodePlace

Loop = cst.For | cst.While

CHOSEN = re.compile(r"argmax|topk|multinomial|\.max\(|Categorical|choice\(")
"""What makes a token of scores: unlike what came out itself, it remembers nothing."""

SAME_AXES = words(
    "to cuda cpu float double half contiguous clone detach relu tanh dropout type_as requires_grad_"
)
"""Methods and functions after which every axis stands where it stood."""


def steps(machine: Machine, node: Loop, start: int) -> Iterator[tuple[Fact, int]]:
    """The calls in a loop that read one step each, from the same state in all rounds."""
    here = machine.place(node)
    noted = machine.facts[start:]
    rounds: dict[NodePlace, list[tuple[RnnCalled | CellCalled, int]]] = {}
    for fact, statement in noted:
        if not isinstance(fact, (RnnCalled, CellCalled)) or fact.call is None:
            continue
        laps = fact.call.rounds
        if laps and laps[-1].loop == here and isinstance(fact.place, NodePlace):
            rounds.setdefault(fact.place, []).append((fact, statement))
    for found in rounds.values():
        first, last = found[0][0], found[-1][0]
        one, two = first.call, last.call
        if one is None or two is None or one.rnn is not two.rnn or not _same(one, two):
            continue
        place = two.rounds[-1].at or last.place
        if not isinstance(place, NodePlace) or not isinstance(place.node, cst.Call):
            continue
        how = _how(node, place.node, two, [fact for fact, _ in noted])
        if how is not None:
            yield StepsApart(place, two, two.rounds[-1], how, last.state_place), found[-1][1]


def _same(one: Call, two: Call) -> bool:
    """Whether two calls start from the same state, or from none."""
    a, b = one.state, two.state
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        pairs = list(zip(a.items, b.items, strict=False))
        return bool(pairs) and all(_alike(x, y) for x, y in pairs)
    return (a is None and b is None) or _alike(a, b)


def _alike(a: object, b: object) -> bool:
    if isinstance(a, Opaque):
        return isinstance(b, Opaque) and a.identity == b.identity
    return isinstance(a, Tensor) and a is b


def _how(loop: Loop, node: cst.Call, call: Call, facts: list[Fact]) -> str | None:
    """ "counted" where the loop counts through the steps of a tensor, "fed back" where each step
    is made of what came out of the one before."""
    given = _input(node)
    if given is None:
        return None
    body = _assignments(loop)
    if not call.rnn.cell and call.rounds[-1].at is None:
        first = call.rnn.flag("batch_first")
        if isinstance(first, bool) and _counted(given, loop, body) == int(first):
            return "counted"
    if _one_step(call, facts) and any(CHOSEN.search(NodePlace(v, 0).text) for _, v, _ in body):
        return "fed back" if _fed_back(node, given, body) else None
    return None


def _input(node: cst.Call) -> cst.BaseExpression | None:
    for arg in node.args:
        if arg.star == "" and (arg.keyword is None or arg.keyword.value == "input"):
            return arg.value
    return None


def _one_step(call: Call, facts: list[Fact]) -> bool:
    """Whether what a layer read, or what it put out, has one step."""
    if call.rnn.cell:
        return True
    first = call.rnn.flag("batch_first")
    known = isinstance(first, bool) and isinstance(call.input, Tensor)
    if known and isinstance(call.input, Tensor) and call.input.axis(int(bool(first))).size == 1:
        return True
    return any(isinstance(fact, Reshaped) and _squeezes(fact, call) for fact in facts)


def _squeezes(fact: Reshaped, call: Call) -> bool:
    """Whether the axis of the steps is squeezed out of what a call put out."""
    source, axes, axis = fact.before.source, fact.before.axes, fact.axis
    if fact.how != "squeeze" or axis is None or axes is None or source is None:
        return False
    if source.slot != "output" or source.call.place != call.place:
        return False
    return -len(axes) <= axis < len(axes) and axes[axis].role is Role.TIME


Assigned = list[tuple[frozenset[str], cst.BaseExpression, cst.CSTNode]]
"""The assignments in a loop: the names bound, the expression, the statement."""


def _assignments(loop: Loop) -> Assigned:
    found: Assigned = []
    stack: list[Any] = [loop.body]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in (list, tuple):
            stack += reversed(node)
        elif kind is cst.Assign:
            names = frozenset(n for target in node.targets for n in _names(target.target))
            found.append((names, node.value, node))
        elif kind in (cst.AugAssign, cst.AnnAssign) and node.value is not None:
            found.append((_names(node.target), node.value, node))
        elif kind not in (cst.FunctionDef, cst.ClassDef):
            if kind is cst.For:
                found.append((_names(node.target), node.iter, node))
            stack += [part for name in _PARTS if (part := getattr(node, name, None)) is not None]
    return found


_PARTS = ("orelse", "body", "handlers", "finalbody")


def _names(node: cst.CSTNode) -> frozenset[str]:
    """The variables that an expression reads: no attributes, no keywords."""
    found: set[str] = set()
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, cst.Name):
            found.add(here.value)
        elif isinstance(here, (cst.Attribute, cst.Arg)):
            stack.append(here.value)
        else:
            stack += children(here)
    return frozenset(found)


def _fed_back(node: cst.Call, given: cst.BaseExpression, body: Assigned) -> bool:
    """Whether what is read was computed, in the round before, from what the call put out."""
    tainted: set[str] = set()
    for names, value, statement in body:
        if any(each is node for each in walk(value)):
            target = statement.targets[0].target if isinstance(statement, cst.Assign) else None
            outputs = target.elements[:1] if isinstance(target, cst.Tuple) else ()
            tainted |= _names(outputs[0]) if outputs else names
    tainted -= {"_", "self"}
    for _ in body:
        for names, value, _statement in body:
            if not tainted.isdisjoint(_names(value)):
                tainted |= names - {"_", "self"}
    return not tainted.isdisjoint(_names(given))


def _counted(node: cst.BaseExpression, loop: Loop, body: Assigned) -> int | None:
    """The axis along which a loop's counter goes through a tensor, one position at a time."""
    if not isinstance(loop, cst.For) or not isinstance(loop.target, cst.Name):
        return None
    over = loop.iter
    if not (isinstance(over, cst.Call) and isinstance(over.func, cst.Name)):
        return None
    if over.func.value not in ("range", "trange") or not over.args:
        return None
    return _axis(node, loop.target.value, body, 6)


def _axis(node: cst.BaseExpression, counter: str, body: Assigned, depth: int) -> int | None:
    if depth == 0:
        return None
    if isinstance(node, cst.Name):
        bound = [value for names, value, _ in body if node.value in names]
        return _axis(bound[0], counter, body, depth - 1) if len(bound) == 1 else None
    if isinstance(node, cst.Subscript):
        found = _position(node, counter)
        return found[0] if found is not None and found[1] else None
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    method, base = node.func.attr.value, node.func.value
    if method == "unsqueeze" and len(node.args) == 1:
        inner = _dropped(base, counter, body, depth)
        axis = node.args[0].value
        if inner is not None and isinstance(axis, cst.Integer) and int(axis.value) == inner:
            return inner
        return None
    if method in SAME_AXES:
        return _axis(base, counter, body, depth - 1)
    return None


def _dropped(node: cst.BaseExpression, counter: str, body: Assigned, depth: int) -> int | None:
    """The axis that ``x[:, t]`` takes away."""
    if isinstance(node, cst.Name) and depth:
        bound = [value for names, value, _ in body if node.value in names]
        return _dropped(bound[0], counter, body, depth - 1) if len(bound) == 1 else None
    if isinstance(node, cst.Subscript):
        found = _position(node, counter)
        return found[0] if found is not None and not found[1] else None
    return None


def _position(node: cst.Subscript, counter: str) -> tuple[int, bool] | None:
    """The axis that a counter selects one position of, all others whole; whether it stays."""
    chosen: tuple[int, bool] | None = None
    for number, element in enumerate(node.slice):
        part = element.slice
        if isinstance(part, cst.Slice) and part.lower is None and part.upper is None:
            continue
        if chosen is not None:
            return None
        if isinstance(part, cst.Index) and isinstance(part.value, cst.Name):
            if part.value.value != counter:
                return None
            chosen = number, False
        elif isinstance(part, cst.Slice) and _one(part, counter):
            chosen = number, True
        else:
            return None
    return chosen


def _one(part: cst.Slice, counter: str) -> bool:
    """``t : t + 1``."""
    lower, upper = part.lower, part.upper
    return (
        isinstance(lower, cst.Name)
        and lower.value == counter
        and isinstance(upper, cst.BinaryOperation)
        and isinstance(upper.operator, cst.Add)
        and isinstance(upper.left, cst.Name)
        and upper.left.value == counter
        and isinstance(upper.right, cst.Integer)
        and upper.right.value == "1"
    )
