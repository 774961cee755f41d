"""Binding names: assignment targets of every form, and the facts that unpacking yields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes.facts import Named, Unpacked
from shapeguard.axes.layer import Rnn, Setting
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import (
    filling,
    iteration,
    keeping,
    packed,
    placing,
    registering,
    subscripts,
)
from shapeguard.lint.interp.containers import Each, Mapping, Parts
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.modules import Home
from shapeguard.lint.interp.objects import (
    LOADED,
    Batch,
    Class,
    Frame,
    Instance,
    Layer,
    Opaque,
    Origin,
    ShapeOf,
)
from shapeguard.lint.interp.parts import of, pick
from shapeguard.lint.interp.rebinding import _key, rebind, with_item
from shapeguard.lint.interp.values import as_tensor
from shapeguard.lint.place import NodePlace


def assign(
    machine: Machine,
    target: Any,
    value: Any,
    frame: Frame,
    source: cst.BaseExpression | None,
    statement: cst.CSTNode,
) -> None:
    """Bind ``value`` (the value of ``source``, if there is one) to an assignment target."""
    kind = type(target)  # exact: isinstance is slow on libcst's abstract nodes
    if kind is cst.Name:
        _bind(machine, target.value, value, frame, source, statement, target)
    elif kind in (cst.Tuple, cst.List):
        _unpack(machine, target, value, frame, source, statement)
    elif kind is cst.Attribute:
        _set_attribute(machine, target, value, frame, source, statement)
    elif kind is cst.Subscript:
        _set_item(machine, target, value, frame)
    elif kind in (cst.StarredElement, cst.Element):
        assign(machine, target.value, value, frame, None, statement)


def _bind(
    machine: Machine,
    name: str,
    value: Any,
    frame: Frame,
    source: cst.BaseExpression | None,
    statement: cst.CSTNode,
    target: cst.CSTNode,
) -> None:
    scope = _scope(frame, name)
    if value is UNKNOWN:
        value = machine.fresh(name)
        if type(source) is cst.Comparison:
            value = replace(value, placed=placing.compared(machine, source, frame))
    if type(value) is Batch and value.name == LOADED:
        value = value.called(machine.fresh(name).identity)
        machine.roles.update({s: a.known for s, a in value.told() if a.known})
    scope.vars[name] = value
    if source is not None:
        scope.origins[name] = Origin(source, frame, machine.unit)
    else:
        scope.origins.pop(name, None)
    machine.speaks(name, value, target)
    _name_value(machine, value, name, statement, target)
    keeping.named(machine, value, name, target, None, statement)


def _scope(frame: Frame, name: str) -> Frame:
    declared = frame.vars.get("global ", ())
    if name in declared:
        owner = frame.lookup(name)[1]
        if owner is not None:
            return owner
        while frame.parent is not None:
            frame = frame.parent
    return frame


def _name_value(
    machine: Machine, value: Any, name: str, statement: cst.CSTNode, target: cst.CSTNode
) -> None:
    """Tell rules and layers what the program calls a value."""
    if isinstance(value, (Rnn, Layer)):
        if value.target is None:
            value.target = name
    elif isinstance(value, (Tensor, Tuple)) and value.source is not None:
        machine.note(Named(machine.place(target), value, name, machine.place(statement)))


def _unpack(
    machine: Machine,
    target: cst.Tuple | cst.List,
    value: Any,
    frame: Frame,
    source: cst.BaseExpression | None,
    statement: cst.CSTNode,
) -> None:
    value = unwrap(value)
    elements = list(target.elements)
    star = next((i for i, e in enumerate(elements) if isinstance(e, cst.StarredElement)), None)
    if isinstance(value, Packed):
        parts = packed.parts(machine, value, target)
    else:
        parts = _parts(machine, value, elements, star)
    origin = value.source if isinstance(value, (Tuple, Tensor)) else None
    if origin is not None:
        mismatch = "arity" if parts is None and isinstance(value, Tuple) else None
        machine.note(
            Unpacked(
                machine.place(target),
                value,
                names(target),
                tuple(NodePlace(element.value, machine.unit) for element in elements),
                machine.place(statement),
                mismatch,
            )
        )
    written = source.elements if isinstance(source, (cst.Tuple, cst.List)) else ()
    for i, element in enumerate(elements):
        item = parts[i] if parts is not None else UNKNOWN
        exact = len(written) == len(elements) and not isinstance(element, cst.StarredElement)
        inner = written[i].value if exact else None
        assign(machine, element.value, item, frame, inner, statement)


def names(target: cst.Tuple | cst.List) -> tuple[Any, ...]:
    """The names of a target list as written, nested as they are."""
    out: list[Any] = []
    for element in target.elements:
        inner = element.value
        if isinstance(inner, cst.Name):
            out.append(inner.value)
        elif isinstance(inner, (cst.Tuple, cst.List)):
            out.append(names(inner))
        elif isinstance(inner, cst.Attribute) and isinstance(inner.value, cst.Name):
            out.append(f"{inner.value.value}.{inner.attr.value}")
        else:
            out.append(None)
    return tuple(out)


def _parts(
    machine: Machine, value: Any, elements: Sequence[cst.BaseElement], star: int | None
) -> list[Any] | None:
    """The value as one item for each target, or None where that is not known or cannot be."""
    count = len(elements)
    cut = value if isinstance(value, Parts) else None
    if isinstance(value, Tensor):
        cut = of(value) or (Parts(value) if star is not None else None)
    if cut is not None:
        return [_part(machine, cut, i, elements, star) for i in range(count)]
    if isinstance(value, ShapeOf):
        machine.counted(value.tensor, count - 1, elements[0])
        return [value.tensor.axis(i).size for i in range(count)] if star is None else None
    items = iteration.items_of(machine, value)
    if items is not None:
        if star is None:
            return list(items) if len(items) == count else None
        if len(items) < count - 1:
            return None
        tail = count - star - 1
        middle = Tuple(tuple(items[star : len(items) - tail]))
        return [*items[:star], middle, *items[len(items) - tail :]]
    if isinstance(value, Each):
        return [value.item] * count
    if isinstance(value, Batch):
        return [value.called(machine.fresh(LOADED).identity) for _ in range(count)]
    if isinstance(value, Tensor) and value.axes:
        return [iteration.sample(machine, value)] * count
    return None


def _part(
    machine: Machine, cut: Parts, i: int, elements: Sequence[cst.BaseElement], star: int | None
) -> Any:
    """One part of a tensor for one target; what is thrown away is not taken."""
    target = elements[i].value
    if i == star or (isinstance(target, cst.Name) and target.value == "_"):
        return UNKNOWN
    number = i if star is None or i < star else i - len(elements)
    return pick(machine, cut, number, target, target)


def _set_attribute(
    machine: Machine,
    target: cst.Attribute,
    value: Any,
    frame: Frame,
    source: cst.BaseExpression | None,
    statement: cst.CSTNode,
) -> None:

    base = unwrap(evaluate(machine, target.value, frame))
    name = target.attr.value
    if value is UNKNOWN:
        value = machine.fresh(name)
    if isinstance(base, Instance):
        base.attrs[name] = value
        if isinstance(value, Rnn):
            registering.register(machine, value)
        if source is not None:
            base.origins[name] = Origin(source, frame, machine.unit)
        else:
            base.origins.pop(name, None)
        _name_value(machine, value, f"self.{name}", statement, target)
        keeping.named(machine, value, name, target, base, statement)
    elif isinstance(base, Class):
        base.members[name] = value
    elif isinstance(base, Home):
        base.put(name, value)
    elif isinstance(base, Rnn) and name in base.settings:
        base.settings[name] = Setting(UNKNOWN)  # what it was before some call is not kept
    elif isinstance(base, Opaque):
        machine.assumed.pop(f"{base.identity}.{name}", None)


def _set_item(machine: Machine, target: cst.Subscript, value: Any, frame: Frame) -> None:
    """``d[key] = value``: dicts in view learn the key, lists forget what they held."""
    base = unwrap(evaluate(machine, target.value, frame))
    if isinstance(base, Mapping):
        key = _key(machine, target, frame)
        rebind(machine, target.value, with_item(base, key, value), frame)
    elif isinstance(base, (Tuple, Each)):
        changed = Each(join(iteration.sample(machine, base), value))
        rebind(machine, target.value, changed, frame)
    elif isinstance(as_tensor(base), Tensor):
        machine.consume(value, "item assignment", target)
        if isinstance(base, Opaque):
            filling.kept(machine, base, _key(machine, target, frame), value)
        elif isinstance(base, Tensor) and (filling.blank(base) or base.padding is not None):
            keys = subscripts.keys(machine, target, frame)
            scores = filling.scored(base, keys, unwrap(value))
            base = scores or filling.written(machine, base, keys, target)
            rebind(machine, target.value, base, frame)
        if isinstance(base, Tensor) and base.source is not None:
            rebind(machine, target.value, base.computed(), frame)
