"""Facts about reading: what the program takes out of tensors and how it regroups them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact
from shapeguard.axes.making import Guard
from shapeguard.axes.size import Size
from shapeguard.axes.value import Take, Tensor


@dataclass(frozen=True, eq=False)
class Indexed(Fact):
    """One expression selected from a tensor; ``takes`` in axis order, whole slices left out.

    ``before`` and ``after`` are the tensor before and after, ``how`` the operation.
    """

    base: Place
    before: Tensor
    after: Tensor
    takes: tuple[Take, ...]
    how: str = "index"


@dataclass(frozen=True, eq=False)
class Narrowed(Fact):
    """A tensor was cut down to one direction's half (``half``) of its feature axis."""

    tensor: Tensor
    half: str


@dataclass(frozen=True, eq=False)
class Consumed(Fact):
    """A tensor was used whole by something that reads its values; ``by`` names it.

    Examples: "Linear", "cat", "return", "argument", "arithmetic", "loss", "print".
    """

    tensor: Tensor
    by: str


@dataclass(frozen=True, eq=False)
class Reshaped(Fact):
    """A view, reshape, flatten, squeeze or unsqueeze; ``sizes`` is the target, None if not a view.

    ``axis`` is the axis given to squeeze, None for a bare squeeze and for views.
    """

    base: Place
    before: Tensor
    after: Tensor
    how: str
    sizes: tuple[Size, ...] | None = None
    axis: int | None = None


@dataclass(frozen=True, eq=False)
class AxisRead(Fact):
    """An axis, counted from 0, must be there in what a squeeze without an axis has left.

    It is asked for by its number, or its entries are gone through one by one.
    """

    tensor: Tensor
    axis: int


@dataclass(frozen=True, eq=False)
class Joined(Fact):
    """Tensors were joined by cat or stack (``how``) on one axis; one at least is a layer's."""

    tensors: tuple[Tensor, ...]
    after: Tensor
    how: str
    dim: int


@dataclass(frozen=True, eq=False)
class Reduced(Fact):
    """A sum, mean, max or the like over some axes; ``axes`` are their numbers from 0."""

    base: Place
    before: Tensor
    axes: tuple[int, ...]
    how: str


@dataclass(frozen=True, eq=False)
class DroppedOut(Fact):
    """F.dropout was applied to a tensor that a recurrent layer's result was made into.

    ``training`` is the argument of that name, None where none was passed: torch's default is True.
    ``always`` says that a parameter passed there is True by its default, ``module`` what a method
    calls the module at work, and ``under`` are the conditions that chose the branch.
    """

    tensor: Tensor
    training: Place | None
    always: Place | None
    module: str | None
    under: tuple[Guard, ...]
    rate: Any
