"""Facts about packing: batches packed by their lengths and filled up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact
from shapeguard.axes.marks import Reordered
from shapeguard.axes.size import Unknown
from shapeguard.axes.value import Packed, Tensor


@dataclass(frozen=True, eq=False)
class PackedUp(Fact):
    """``pack_padded_sequence(tensor, lengths)``; ``lengths`` is a tensor or anything else.

    ``argument`` are the lengths as written, ``ordered`` is enforce_sorted, and ``flag`` where it
    was passed. ``stray`` is the order that the samples were put in for it by the function at work,
    which has no other use there.
    """

    tensor: Tensor
    lengths: Any
    argument: Place
    ordered: bool | Unknown
    flag: Place | None
    stray: Reordered | None


@dataclass(frozen=True, eq=False)
class FilledUp(Fact):
    """``pad_packed_sequence(packed)``; ``total`` says that total_length is given, or may be.

    ``even`` says that all sequences are known to be of one length, and ``steps`` is how the number
    of steps of what was packed is written there, if it can be.
    """

    packed: Packed
    output: Tensor
    total: bool
    even: bool
    steps: str | None


@dataclass(frozen=True, eq=False)
class Gathered(Fact):
    """A tensor was returned by the forward of a module in nn.DataParallel, made at ``wrapped``.

    The parts of the batch went through copies of the module, and what these return is joined.
    """

    tensor: Tensor
    wrapped: Place


@dataclass(frozen=True, eq=False)
class Apart(Fact):
    """Tensors on two devices were compared or computed with: ``how`` says which.

    ``fixed`` was put on the CPU, and ``other`` is where the data or the model is.
    """

    fixed: Tensor
    other: Tensor
    how: str
