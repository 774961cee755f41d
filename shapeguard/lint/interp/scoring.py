"""Losses, softmax and argmax: tensors read as class scores."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes import combining
from shapeguard.axes.facts import Scored
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Mark, Tensor
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.use import Use


def argmax(use: Use) -> Any:
    dims = use.dims()
    dim = dims[0] if isinstance(dims, tuple) else None
    if use.name == "argmax":
        score(use.machine, use.tensor, "argmax", use.node, use.base, dim, False)
    return Tensor() if dims is UNKNOWN else Tensor(combining.reduce(use.tensor, dims, False).axes)


def softmax(use: Use) -> Any:
    dim = use.args.get(0, "dim")
    by = "log_softmax" if use.name == "log_softmax" else "softmax"
    return score(use.machine, use.tensor, by, use.node, use.base, dim, False)


def loss(use: Use) -> Any:
    return score(use.machine, use.tensor, use.name, use.node, use.base, None, True)


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
    return Tensor(()) if ends else tensor.computed().marked(Mark.SOFTMAX)
