"""New contents for what has names already: items set, objects changed as a whole."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import filling
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import (
    Frame,
    Instance,
    Layer,
    Opaque,
)
from shapeguard.lint.interp.values import known


def _key(machine: Machine, node: cst.Subscript, frame: Frame) -> Any:
    part = node.slice[0].slice
    if len(node.slice) != 1 or not isinstance(part, cst.Index):
        return UNKNOWN
    return evaluate(machine, part.value, frame)


def with_item(mapping: Mapping, key: Any, value: Any) -> Mapping:
    """A dict with one more item; under an unknown key it may be any."""
    if not known(key):
        return Mapping(tuple((name, UNKNOWN) for name, _ in mapping.items), False)
    kept = tuple(item for item in mapping.items if item[0] != key)
    return Mapping((*kept, (key, value)), mapping.complete)


def rebind(machine: Machine, node: cst.BaseExpression, value: Any, frame: Frame) -> None:
    """Give what an expression holds its new contents, under all names that it has."""
    if isinstance(node, cst.Name):
        old, owner = frame.lookup(node.value)
        (owner or frame).vars[node.value] = value
        if isinstance(old, (Mapping, Tuple, Each, Layer)):
            machine.changed(old, value, frame)
    elif isinstance(node, cst.Subscript):
        base = unwrap(evaluate(machine, node.value, frame))
        if isinstance(base, Mapping):
            inner = with_item(base, _key(machine, node, frame), value)
            rebind(machine, node.value, inner, frame)
        elif isinstance(base, Opaque):
            filling.kept(machine, base, _key(machine, node, frame), value)
    elif isinstance(node, cst.Attribute):
        base = unwrap(evaluate(machine, node.value, frame))
        if isinstance(base, Tensor) and node.attr.value == "data":
            rebind(machine, node.value, value, frame)
        if isinstance(base, Instance) and node.attr.value == "__dict__":
            take_over(machine, base, value)
        elif isinstance(base, Instance):
            old = base.attrs.get(node.attr.value)
            base.attrs[node.attr.value] = value
            if isinstance(old, (Mapping, Tuple, Each, Layer)):
                machine.changed(old, value, frame)
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        held = evaluate(machine, node.args[0].value, frame) if node.args else None
        if node.func.value == "vars" and isinstance(held, Instance):
            take_over(machine, held, value)


def take_over(machine: Machine, instance: Instance, contents: Any) -> None:
    """An object whose attributes were changed all at once, through its ``__dict__``."""
    if isinstance(contents, Mapping):
        for name, value in contents.items:
            if isinstance(name, str):
                instance.attrs[name] = value
                instance.origins.pop(name, None)
    if not isinstance(contents, Mapping) or not contents.complete:
        forget(machine, instance)


def forget(machine: Machine, instance: Instance) -> None:
    """Constants of an object may be others now; what it is made of stays."""
    for name, value in instance.attrs.items():
        if known(value):
            instance.attrs[name] = machine.fresh(name)
            instance.origins.pop(name, None)
