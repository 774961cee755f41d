"""Samples that are put in the order of their lengths, and whether anything puts them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from shapeguard.axes.marks import Mark, Reordered
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.trees import children


def reordered(machine: Machine, after: Tensor, keys: list[Any], node: cst.CSTNode) -> Tensor:
    """``x[order]`` or ``x[:, order]``: the tensor, with what its samples were ordered by."""
    found = [i for i, key in enumerate(keys) if isinstance(key, Tensor) and Mark.ORDER in key.marks]
    if len(found) != 1 or found[0] > 1 or not isinstance(node, cst.Subscript):
        return after
    part = node.slice[found[0]].slice
    if not isinstance(part, cst.Index) or not isinstance(part.value, cst.Name):
        return after
    return after.marked(Reordered(part.value.value, machine.place(node), _work(machine)))


def _work(machine: Machine) -> int:
    """What tells one call of a function from another while both may be at work."""
    return id(machine.stack[-1])


def stray(machine: Machine, tensor: Tensor, lengths: cst.CSTNode) -> Reordered | None:
    """The order of a tensor that is packed, where the function that made it has no other use for
    it than this tensor and the lengths."""
    mark = next((mark for mark in tensor.marks if isinstance(mark, Reordered)), None)
    function = machine.stack[-1].function
    if mark is None or function is None or mark.within != _work(machine):
        return None
    own, used, stored = _name(lengths), 0, set(_stored(function.node))
    for node, above in _walk(function.node, None):
        if isinstance(node, cst.Subscript) and _name(node.value) == own and _by(node, mark.order):
            used -= 1
        if not isinstance(node, cst.Name) or node.value != mark.order or id(node) in stored:
            continue
        if not isinstance(above, cst.Index):
            return None
        used += 1
    return mark if used == 1 else None


def _stored(function: cst.CSTNode) -> Iterator[int]:
    """The names that the statements of a function bind, and do not read."""
    for node, _ in _walk(function, None):
        if isinstance(node, (cst.AssignTarget, cst.For, cst.CompFor)):
            for name, above in _walk(node.target, None):
                if isinstance(name, cst.Name) and not isinstance(above, cst.Index):
                    yield id(name)


def _by(node: cst.Subscript, name: str) -> bool:
    return any(
        isinstance(element.slice, cst.Index)
        and isinstance(element.slice.value, cst.Name)
        and element.slice.value.value == name
        for element in node.slice
    )


def _name(node: cst.CSTNode) -> str:
    """The name that an expression begins with."""
    while isinstance(node, (cst.Attribute, cst.Call, cst.Subscript)):
        node = node.func if isinstance(node, cst.Call) else node.value
    return node.value if isinstance(node, cst.Name) else ""


def _walk(
    node: cst.CSTNode, above: cst.CSTNode | None
) -> Iterator[tuple[cst.CSTNode, cst.CSTNode | None]]:
    yield node, above
    for child in children(node):
        yield from _walk(child, node)
