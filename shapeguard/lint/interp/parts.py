"""Parts of a tensor: the one that is taken is selected when it is taken."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.axis import STATE_ROLES, Place
from shapeguard.axes.indexing import index, parts
from shapeguard.axes.marks import Piece
from shapeguard.axes.reading import Indexed
from shapeguard.axes.size import Unknown
from shapeguard.axes.slicing import Slice
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.containers import Parts
from shapeguard.lint.interp.machine import Machine

MOST = 8
"""Parts are told apart one by one up to this number."""


def of(tensor: Tensor) -> Parts | None:
    """What iterating over a state gives: its layers and directions."""
    return Parts(tensor) if tensor.axes and tensor.axes[0].role in STATE_ROLES else None


def count(cut: Parts) -> int | None:
    """The number of parts, where it is known and small."""
    size: Any = cut.tensor.axis(cut.dim).size
    if cut.sizes is not None and not every(cut):
        size = len(cut.sizes)
    return size if type(size) is int and 0 < size <= MOST else None


def every(cut: Parts) -> bool:
    """Whether the parts are single positions that keep their axis (``split(1)``)."""
    return cut.sizes == (1,) and cut.how.endswith("split")


def pick(machine: Machine, cut: Parts, number: Any, node: cst.CSTNode, base: cst.CSTNode) -> Tensor:
    """One part, with the fact that it was selected."""
    key = number
    place, origin = machine.place(node), machine.place(base)
    if every(cut) and type(number) is int:
        key = Slice(number, number + 1 if number != -1 else None)
    elif cut.sizes is not None:
        known = count(cut)
        if known is None or type(number) is not int or not -known <= number < known:
            return Tensor()
        found = parts(cut.tensor, cut.dim, cut.sizes, place, origin)[number]
        return _note(machine, cut, found, node, base)
    keys = [Slice()] * cut.dim + [key]
    return _note(machine, cut, index(cut.tensor, keys, place, origin), node, base)


def _note(
    machine: Machine, cut: Parts, found: Tensor, node: cst.CSTNode, base: cst.CSTNode
) -> Tensor:
    before = cut.tensor.source
    if before is not None and cut.tensor.axes is not None and found.source is not None:
        taken = found.source.takes[len(before.takes) :]
        place, origin = machine.place(node), machine.place(base)
        machine.note(Indexed(place, origin, cut.tensor, found, taken, cut.how))
        machine.narrowed(cut.tensor, found, node)
    return found


def piece(tensor: Tensor, keys: list[Any], place: Place, base: str) -> Piece | None:
    """What ``x[:, start:stop]`` is a piece of, where nothing else is selected."""
    cut = [(i, key) for i, key in enumerate(keys) if not (isinstance(key, Slice) and key.whole)]
    if len(cut) != 1 or not isinstance(cut[0][1], Slice) or tensor.source is not None:
        return None
    axis, key = cut[0]
    start = 0 if key.start is None else key.start
    if key.step not in (None, 1) or isinstance(start, Unknown) or isinstance(key.stop, Unknown):
        return None
    return Piece(f"{tensor.key or id(tensor)} {base}", axis, start, key.stop, place)
