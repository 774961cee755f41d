"""What the program's words say of the axes of a tensor that it makes or views."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.evidence import Known
from shapeguard.axes.layouts import named, told
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import Machine


def _words(args: Args) -> list[str]:
    """The names of the sizes, given one by one or as one sequence; empty for what has none."""
    nodes = [arg.node for arg in args.positional]
    if not nodes and "size" in args.keywords:
        nodes = [args.keywords["size"].node]
    if len(nodes) == 1 and isinstance(nodes[0], (cst.Tuple, cst.List)):
        nodes = [element.value for element in nodes[0].elements]
    return [_word(node) for node in nodes]


def _word(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Call) and len(node.args) == 1:
        counted = isinstance(node.func, cst.Name) and node.func.value == "len"
        return f"{_word(node.args[0].value)}_len" if counted else ""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def created(machine: Machine, tensor: Tensor, args: Args, node: cst.CSTNode) -> Tensor:
    """A new tensor, with the roles that the names of its sizes speak of."""
    if tensor.axes is None:
        return tensor
    words = _words(args)
    if len(words) != len(tensor.axes):
        return tensor
    axes = (_called(machine, axis, i, words[i], node) for i, axis in enumerate(tensor.axes))
    return replace(tensor, axes=tuple(axes))


def _called(machine: Machine, axis: Axis, number: int, word: str, node: cst.CSTNode) -> Axis:
    role = named(word) if word else None
    if role is None or axis.role is not Role.UNKNOWN or axis.known is not None:
        return axis
    text = f"axis {number} is made `{word}` long"
    return replace(axis, known=Known(role, text, machine.place(node), False, name=word))


def viewed(machine: Machine, tensor: Tensor, args: Args, node: cst.CSTNode) -> Tensor:
    """A view: what the sizes stand for, by themselves or by name, and where 1 was put in."""
    if tensor.axes is None:
        return tensor
    place, words = machine.place(node), _words(args)
    axes = []
    for i, axis in enumerate(tensor.axes):
        if axis.size == 1 and axis.inserted is None and axis.role is Role.UNKNOWN:
            axis = replace(axis, inserted=place)
        axis = told(axis, machine.roles)
        if len(words) == len(tensor.axes):
            axis = _called(machine, axis, i, words[i], node)
        axes.append(axis)
    return replace(tensor, axes=tuple(axes))
