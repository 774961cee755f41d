"""A PackedSequence where a tensor is needed: what happens, noted as a fact."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.facts import PackedMisused
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.slicing import Slice
from shapeguard.axes.value import Packed
from shapeguard.lint.interp import iteration
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import TENSOR_METHODS, words

OWN = words(
    "to cuda cpu float double half long int bool data pin_memory is_pinned is_cuda count index"
)
"""Methods and attributes that a PackedSequence has, too."""

FIELDS = 4
"""data, batch_sizes, sorted_indices, unsorted_indices."""


def misused(
    machine: Machine, value: Any, how: str, kind: str, node: cst.CSTNode, base: cst.CSTNode
) -> bool:
    """Whether a PackedSequence stands where a tensor is needed; noted if so."""
    if not isinstance(value, Packed):
        return False
    machine.note(PackedMisused(machine.place(node), value, how, kind, machine.place(base)))
    return True


def read(machine: Machine, value: Packed, name: str, node: cst.CSTNode, base: cst.CSTNode) -> None:
    """``packed.name``, for a name that only tensors have."""
    if name in ("shape", "ndim", "mT") or (name in TENSOR_METHODS and name not in OWN):
        misused(machine, value, f"used as a tensor by .{name}", "attribute", node, base)


def item(
    machine: Machine, value: Packed, keys: list[Any], node: cst.CSTNode, base: cst.CSTNode
) -> Any:
    """``packed[...]``: one of its four parts by number, and nothing else."""
    if keys == [0]:
        return iteration.plain(value)
    if len(keys) > 1 or keys[0] is Ellipsis or keys[0] is None:
        misused(machine, value, "indexed like a tensor", "raises", node, base)
    elif isinstance(keys[0], Slice):
        misused(machine, value, "sliced like a tensor", "slice", node, base)
    elif type(keys[0]) is int and keys[0] < 0:
        misused(machine, value, "indexed like a tensor", "index", node, base)
    return UNKNOWN


def parts(machine: Machine, value: Packed, target: cst.Tuple | cst.List) -> list[Any] | None:
    """A PackedSequence unpacked into names: it has four parts."""
    count = len(target.elements)
    if any(isinstance(element, cst.StarredElement) for element in target.elements):
        return None
    if count != FIELDS:
        misused(machine, value, f"unpacked into {count} names", "unpack", target, target)
        return None
    return [iteration.plain(value), UNKNOWN, UNKNOWN, UNKNOWN]
