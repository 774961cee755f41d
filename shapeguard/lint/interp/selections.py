"""Operations that select from a tensor, as methods and as functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapeguard.axes import combining, indexing, reshaping, slicing
from shapeguard.axes.axis import Axis
from shapeguard.axes.size import UNKNOWN, Size, add
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import operators
from shapeguard.lint.interp.containers import Each, Parts
from shapeguard.lint.interp.machine import unwrap
from shapeguard.lint.interp.use import Use
from shapeguard.lint.interp.values import as_size, as_tensor


def chunked(use: Use) -> Any:
    count = use.integer(0, "chunks")
    dim = use.integer(1, "dim", default=0)
    if dim is not None and dim > 0 and use.tensor.regrouped:
        use.machine.consume(use.tensor, f"{use.name} of axis {dim}", use.node)
    if count is None or dim is None or not 0 < count <= 8:
        return Each(Tensor())
    return _shares(use, dim, slicing.shares(use.tensor.axis(dim), count))


def split(use: Use) -> Any:
    given = unwrap(use.args.get(0, "split_size", "split_size_or_sections"))
    dim = use.integer(1, "dim", default=0)
    if dim is None:
        return Each(Tensor())
    if given == 1 and use.tensor.rank is not None:
        return Parts(use.tensor, dim % use.tensor.rank, (1,), use.name)
    if isinstance(given, Tuple):
        return _shares(use, dim, [as_size(unwrap(size)) for size in given.items])
    return _shares(use, dim, slicing.portions(use.tensor.axis(dim), as_size(given)))


def _shares(use: Use, dim: int, sizes: Sequence[Size] | None) -> Any:
    """Adjacent parts of an axis, each of which is a selection on it."""
    rank_ = use.tensor.rank
    if sizes is None or not sizes or rank_ is None or not -rank_ <= dim < rank_:
        return Each(Tensor())
    return Parts(use.tensor, dim % rank_, tuple(sizes), use.name)


def unbound(use: Use) -> Any:
    dim, rank_ = use.integer(0, "dim", default=0), use.tensor.rank
    if dim is None or rank_ is None or not -rank_ <= dim < rank_:
        return Each(Tensor())
    return Parts(use.tensor, dim % rank_)


def _select(use: Use, dim: int, key: Any) -> Tensor:
    rank_ = use.tensor.rank
    if rank_ is None or not -rank_ <= dim < rank_:
        return reshaping.unknown(use.tensor)
    keys = [slicing.Slice()] * (dim % rank_) + [key]
    place, base = use.machine.place(use.node), use.machine.place(use.base)
    return use.indexed(indexing.index(use.tensor, keys, place, base))


def selected(use: Use) -> Tensor:
    dim = use.integer(0, "dim")
    key = operators.number(use.args.get(1, "index"))
    return reshaping.unknown(use.tensor) if dim is None else _select(use, dim, key)


def narrowed(use: Use) -> Tensor:
    dim = use.integer(0, "dim")
    start = operators.number(use.args.get(1, "start"))
    length = operators.number(use.args.get(2, "length"))
    if dim is None:
        return reshaping.unknown(use.tensor)
    stop: Any = add(start, length) if length is not None else UNKNOWN
    if stop == 0 and start != 0:  # up to the end, counted from it
        stop = None
    return _select(use, dim, slicing.Slice(start, stop))


def gathered(use: Use) -> Tensor:
    dim = use.integer(0, "dim")
    array = as_tensor(use.args.get(1, "index"))
    if dim is None or array is None:
        return reshaping.unknown(use.tensor)
    place, base = use.machine.place(use.node), use.machine.place(use.base)
    return use.indexed(indexing.gather(use.tensor, dim, array, place, base))


def index_selected(use: Use) -> Tensor:
    dim = use.integer(0, "dim")
    array = as_tensor(use.args.get(1, "index"))
    if dim is None or array is None:
        return reshaping.unknown(use.tensor)
    if array.axes is None:
        array = replace(array, axes=(Axis(),))  # torch takes no other
    return _select(use, dim, array)


def drawn(use: Use) -> Any:
    """multinomial: so many indices for each row of probabilities."""
    return _chosen(use, use.args.get(0, "num_samples"))


def best(use: Use) -> Any:
    """topk along the last axis: the values and their indices."""
    if use.args.get(1, "dim", "axis") not in (..., -1):
        use.machine.consume(use.tensor, use.name, use.node)
        return Tensor(marks=combining.traces(use.tensor))
    found = _chosen(use, use.args.get(0, "k"))
    return Tuple((found, found))


def _chosen(use: Use, count: Any) -> Tensor:
    use.machine.consume(use.tensor, use.name, use.node)
    marks = combining.traces(use.tensor)
    if use.tensor.axes is None:
        return Tensor(last=Axis(size=as_size(count)), marks=marks)
    return Tensor((*use.tensor.axes[:-1], Axis(size=as_size(count))), marks=marks)
