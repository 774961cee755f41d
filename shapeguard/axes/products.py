"""Products of matrices: which axes are left, and what the result remembers."""

from __future__ import annotations

from dataclasses import replace

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.combining import batched_product, inexact, linear, mixture, traces
from shapeguard.axes.marks import Mark
from shapeguard.axes.value import Tensor

RANKS = {"mm": (2, 2), "bmm": (3, 3), "mv": (2, 1)}
"""How many axes the operands of each have, whatever else is known of them."""


def product(name: str, left: Tensor, right: Tensor) -> Tensor:
    """``left @ right`` by matmul (which ``@`` is), mm, bmm, mv or the like.

    Where neither the name nor the operands say how many axes there are, nothing but the marks is
    left.
    """
    ranks = RANKS.get(name, (left.rank, right.rank) if name == "matmul" else (None, None))
    if any(one.rank not in (None, rank) for one, rank in zip((left, right), ranks, strict=True)):
        return Tensor(marks=traces(left, right))
    if ranks == (3, 3):
        out = batched_product(left, right)
        return _batched(out) if name == "bmm" else out
    if ranks == (2, 2):
        return _kept((left.axis(0), right.axis(1)), left, right)
    if ranks == (2, 1):
        return _kept((left.axis(0),), left, right)
    if ranks == (3, 2) and _plain(right):
        return linear(left, right.axis(1).size)
    if ranks == (3, 1) and _plain(right) and left.axes is not None:
        kept = left.with_axes(left.axes[:-1])
        return replace(kept, source=inexact(left.source), marks=traces(left), by=None)
    return Tensor(marks=traces(left, right))


def _batched(tensor: Tensor) -> Tensor:
    """What bmm returns: its first axis is the batch, for bmm says so."""
    assert tensor.axes is not None
    first = tensor.axes[0]
    if first.role is not Role.UNKNOWN or isinstance(first.size, int):
        return tensor
    return tensor.with_axes((replace(first, role=Role.BATCH), *tensor.axes[1:]))


def _kept(axes: tuple[Axis, ...], left: Tensor, right: Tensor) -> Tensor:
    known = [one for one in (left, right) if one.source is not None]
    return Tensor(axes, source=mixture(known), marks=traces(left, right))


def _plain(weights: Tensor) -> bool:
    """Whether a tensor is no result of a layer, so that it weighs the features of the other."""
    return weights.source is None and Mark.RECURRENT not in weights.marks
