"""Operations that regroup the axes of a tensor: views, flattening, transposes, squeezes."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes import combining, reshaping
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import layouts
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import ShapeOf
from shapeguard.lint.interp.use import Use, sizes_of
from shapeguard.lint.interp.values import as_tensor


def view(use: Use) -> Tensor:
    first = use.args.get(0, "shape", "size")
    if isinstance(first, ShapeOf) or "dtype" in use.args.keywords:
        return reshaping.unknown(use.tensor)
    sizes = use.sizes("shape", "size")
    if not sizes:
        return reshaping.unknown(use.tensor)
    after = reshaping.view(use.tensor, sizes)
    return use.reshaped(layouts.viewed(use.machine, after, use.args, use.node), sizes)


def like_other(use: Use) -> Tensor:
    other = as_tensor(use.args.get(0, "other"))
    if other is not None and other.axes is not None:
        return Tensor(other.axes, source=combining.inexact(use.tensor.source))
    return reshaping.unknown(use.tensor)


def flattened(use: Use) -> Tensor:
    start = use.integer(0, "start_dim", default=0)
    end = use.integer(1, "end_dim", default=-1)
    if start is None or end is None:
        return reshaping.unknown(use.tensor)
    return use.reshaped(reshaping.flatten(use.tensor, start, end))


def flatten(
    machine: Machine, tensor: Tensor, start: Any, end: Any, node: cst.CSTNode, base: cst.CSTNode
) -> Tensor:
    """nn.Flatten applied to a tensor."""
    use = Use(machine, tensor, Args.of(start, end), node, base, "flatten")
    return flattened(use)


def unflattened(use: Use) -> Tensor:
    dim, rank_ = use.integer(0, "dim"), use.tensor.rank
    inner = sizes_of([use.args.get(1, "sizes", "unflattened_size")])
    if dim is None or rank_ is None or use.tensor.axes is None or not inner:
        return reshaping.unknown(use.tensor)
    sizes: list[Any] = [axis.size for axis in use.tensor.axes]
    sizes[dim % rank_ : dim % rank_ + 1] = inner
    if any(size is UNKNOWN for size in sizes):
        return reshaping.unknown(use.tensor)
    return use.reshaped(reshaping.view(use.tensor, sizes), sizes)


def transposed(use: Use) -> Tensor:
    first = use.integer(0, "dim0", "axis0")
    second = use.integer(1, "dim1", "axis1")
    if first is None or second is None:
        return reshaping.unknown(use.tensor)
    return reshaping.transpose(use.tensor, first, second)


def turned(use: Use) -> Tensor:
    return reshaping.transpose(use.tensor, 0, 1)


def permuted(use: Use) -> Tensor:
    order = use.sizes("dims")
    if not order or any(type(dim) is not int for dim in order):
        return reshaping.unknown(use.tensor)
    return reshaping.permute(use.tensor, order)


def squeezed(use: Use) -> Tensor:
    dim = use.args.get(0, "dim")
    if dim is not ... and type(dim) is not int:
        return reshaping.unknown(use.tensor)
    axis = None if dim is ... else dim
    return use.reshaped(reshaping.squeeze(use.tensor, axis), axis=axis)


def unsqueezed(use: Use) -> Tensor:
    dim, place = use.integer(0, "dim"), use.machine.place(use.node)
    if dim is None:
        return reshaping.unknown(use.tensor)
    return reshaping.unsqueeze(use.tensor, dim, place)


def expanded(use: Use) -> Tensor:
    sizes = use.sizes("size", "sizes")
    return reshaping.expand(use.tensor, sizes) if sizes else reshaping.unknown(use.tensor)


def repeated(use: Use) -> Tensor:
    times = use.sizes("repeats")
    return reshaping.repeat(use.tensor, times) if times else reshaping.unknown(use.tensor)
