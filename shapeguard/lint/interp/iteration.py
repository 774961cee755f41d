"""What iterating over a value gives, and the shape of a tensor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapeguard.axes import combining
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.marks import Mark, Padding
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp.containers import Each, Loader, Mapping, Parts
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Layer, ShapeOf


def items_of(machine: Machine, over: Any) -> tuple[Any, ...] | None:
    """The items that iterating gives, where all of them are known."""
    if isinstance(over, Tuple):
        return over.items
    if isinstance(over, Layer) and over.kind in ("ModuleList", "Sequential"):
        return over.items
    if isinstance(over, Mapping) and over.complete:
        return tuple(key for key, _ in over.items)
    if isinstance(over, str):
        return tuple(over)
    return None


def sample(machine: Machine, over: Any) -> Any:
    """What one item of an iterable looks like."""
    items = items_of(machine, over)
    if items:
        merged = items[0]
        for item in items[1:]:
            merged = join(merged, item)
        return merged
    if isinstance(over, Each):
        return over.item
    if isinstance(over, Loader):
        return over.batch
    if isinstance(over, Parts):
        axes = over.tensor.axes or ()
        rest = axes[: over.dim] + axes[over.dim + 1 :]
        source = combining.inexact(over.tensor.source)
        marks = combining.traces(over.tensor)
        axes_ = None if over.sizes else rest
        return Tensor(axes_, source=source, marks=marks, by=over.tensor.by)
    if isinstance(over, Tensor) and (over.axes or (over.axes is None and over.front)):
        walked = (*over.walked, over.axis(0).ident)
        rest_ = over.axes[1:] if over.axes else None
        front = over.front[1:] if rest_ is None else ()
        source, marks = combining.inexact(over.source), combining.traces(over) | _row(over)
        return Tensor(rest_, source=source, marks=marks, by=over.by, front=front, walked=walked)
    return UNKNOWN


def _row(over: Tensor) -> frozenset[Mark | Padding]:
    """The padding of one sequence of a batch that the program made itself."""
    padding = over.padding
    if padding is None or over.source is not None or over.axis(0).role is Role.TIME:
        return frozenset()
    return frozenset({replace(padding, batched=False)})


def shape_of(tensor: Tensor) -> Any:
    """``x.shape``."""
    if tensor.axes is None:
        return ShapeOf(tensor)
    return Tuple(tuple(axis.size for axis in tensor.axes))


def plain(packed: Packed) -> Tensor:
    """The ``data`` of a packed sequence: all valid steps, one after another."""
    axes = packed.tensor.axes
    last = (axes[-1],) if axes else (Axis(),)
    source, marks = combining.inexact(packed.tensor.source), combining.traces(packed.tensor)
    steps = Axis(Role.UNKNOWN, merged=axes[:2] if axes else ())
    return Tensor((steps, *last), source=source, marks=marks)
