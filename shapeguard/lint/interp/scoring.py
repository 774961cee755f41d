"""Losses, softmax and argmax: tensors read as class scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes import combining
from shapeguard.axes.activation import Activation
from shapeguard.axes.axis import Place
from shapeguard.axes.judging import Normalized, Scored
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import losses
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.use import Use


def argmax(use: Use) -> Any:
    dims = use.dims()
    dim = dims[0] if isinstance(dims, tuple) else None
    if use.name == "argmax":
        score(use.machine, use.tensor, "argmax", use.node, use.base, dim, False)
    keep = use.args.get(1, "keepdim", "keepdims") is True
    return Tensor() if dims is UNKNOWN else Tensor(combining.reduce(use.tensor, dims, keep).axes)


def softmax(use: Use) -> Any:
    dim = use.args.get(0, "dim")
    by = "log_softmax" if use.name == "log_softmax" else "softmax"
    implicit = dim is None or (dim is ... and not use.args.open)
    written = use.args.arg(0, "dim")
    where = None
    if written is not None and written.node is not None:
        where = use.machine.place(written.node)
    return normalized(use.machine, use.tensor, by, use.node, use.base, dim, implicit, where)


def loss(use: Use) -> Any:
    losses.taken(use)
    return score(use.machine, use.tensor, use.name, use.node, use.base, None, True)


def normalized(
    machine: Machine,
    tensor: Tensor,
    how: str,
    node: cst.CSTNode,
    base: cst.CSTNode,
    dim: Any,
    implicit: bool,
    dim_place: Place | None,
    made: Place | None = None,
) -> Any:
    """A softmax or log_softmax over a tensor."""
    place, argument = machine.place(node), machine.place(base)
    near = machine.near(tensor)
    where = dim if type(dim) is int else None
    machine.note(Normalized(place, tensor, how, argument, where, implicit, dim_place, made, near))
    axis = taken(tensor) if implicit else dim
    after = score(machine, tensor, how, node, base, axis, False)
    if not isinstance(after, Tensor):
        return after
    before = "" if tensor.by is None else tensor.by.how
    return replace(after, by=Activation(how, place, argument, made, after=before))


def taken(tensor: Tensor) -> int | None:
    """The axis that torch takes where none is given."""
    return None if tensor.rank is None else 0 if tensor.rank in (0, 1, 3) else 1


def score(
    machine: Machine,
    tensor: Tensor | None,
    by: str,
    node: cst.CSTNode,
    base: cst.CSTNode,
    dim: Any,
    ends: bool,
) -> Any:
    """A loss, softmax or argmax over a tensor."""
    if tensor is None:
        return UNKNOWN
    where = dim if type(dim) is int else None
    if tensor.source is not None:
        machine.note(Scored(machine.place(node), tensor, by, machine.place(base), where))
    machine.consume(tensor, by, node)
    if ends:
        machine.counted(tensor, 1, node)  # the classes
    return Tensor(()) if ends else tensor.computed().marked(Mark.SOFTMAX)
