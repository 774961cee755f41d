"""Conditions that hold while a branch is run, either way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from shapeguard.axes.building import Decided
from shapeguard.axes.making import Guard
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Frame, Instance, Origin
from shapeguard.lint.place import NodePlace


@contextmanager
def guarding(
    machine: Machine, test: cst.BaseExpression, frame: Frame, decided: bool = False
) -> Iterator[None]:
    """While one of the branches of a condition is run, whichever it is."""
    if decided and machine.within:
        machine.note(Decided(machine.place(test), machine.within))
    bare = test.expression if isinstance(test, cst.UnaryOperation) else test
    found = _origin(bare, frame)
    origin = None if found is None else NodePlace(found.node, found.unit)
    machine.guards.append(Guard(machine.place(test), origin, machine.within))
    try:
        yield
    finally:
        machine.guards.pop()


def _origin(node: cst.BaseExpression, frame: Frame) -> Origin | None:
    """What a name, or an attribute of the object whose method is run, was bound from."""
    if isinstance(node, cst.Name):
        owner = frame.lookup(node.value)[1]
        return None if owner is None else owner.origins.get(node.value)
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        value = frame.lookup(node.value.value)[0]
        if isinstance(value, Instance):
            return value.origins.get(node.attr.value)
    return None
