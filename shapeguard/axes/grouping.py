"""Whether a view takes axes in another order than they stand in memory, which mixes their values.

A view reads values in order. It can merge adjacent axes and split one, but where the sizes that it
asks for only fit the axes in another order, what stands on the new axes is not what they are
called.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import (
    UNKNOWN,
    Expr,
    Size,
    Unknown,
    differ,
    divide,
    label,
    product,
    same,
    symbols,
)
from shapeguard.axes.value import Tensor

Order = tuple[tuple[int, ...], ...]
"""For each target of a view the numbers of the axes that its size is the product of."""

_MOST = 6  # more axes than this are not searched

_STEPS = re.compile(r"seq|len|time|step|frame|window|lag|words?\b|tokens?\b", re.I)
_ROWS = re.compile(r"layer|direction|head|group|batch", re.I)


def crossed(tensor: Tensor, sizes: Sequence[Size]) -> bool:
    """Whether the target sizes of a view fit the tensor's axes in another order only."""
    if tensor.axes is None:
        return _leading(tensor, sizes)
    if any(axis.size == 0 for axis in tensor.axes):
        return False
    found = False
    for axes in _readings(tensor):
        for order in orders([axis.size for axis in axes], sizes):
            numbers = [number for group in order for number in group]
            if numbers == sorted(numbers):
                return False
            found = True
    return found


def _readings(tensor: Tensor) -> Iterator[list[Axis]]:
    """The axes of more than one position, with what documented order splits apart or not."""
    parts = [part for axis in tensor.axes or () for part in axis.merged or (axis,)]
    real = [axis for axis in parts if axis.size != 1]
    rnn = None if tensor.source is None else tensor.source.call.rnn
    choices = [[[axis], *_pieces(axis, rnn)] for axis in real]
    for chosen in itertools.islice(itertools.product(*choices), 16):
        axes = [axis for pieces in chosen for axis in pieces]
        if len(axes) <= _MOST:
            yield axes


def _pieces(axis: Axis, rnn: Rnn | None) -> Iterator[list[Axis]]:
    if axis.role is Role.FEATURE and len(axis.halves) == 2:
        yield [Axis(Role.DIRECTION, 2), Axis(Role.FEATURE, divide(axis.size, 2))]
    if axis.role is Role.STATES and rnn is not None and rnn.directions == 2:
        layers = rnn.size("num_layers")
        if layers != 1:
            yield [Axis(Role.LAYER, layers), Axis(Role.DIRECTION, 2)]


def orders(axes: Sequence[Size], sizes: Sequence[Size]) -> Iterator[Order]:
    """The ways to make the target sizes, one of which may be open, as products of all axes."""
    targets = [UNKNOWN if size == -1 else size for size in sizes if size != 1]
    open_ones = sum(1 for size in targets if size is UNKNOWN)
    if open_ones > 1 or len(axes) > _MOST:
        return
    yield from _fill(tuple(axes), targets, frozenset(range(len(axes))))


def _fill(axes: tuple[Size, ...], targets: Sequence[Size], left: frozenset[int]) -> Iterator[Order]:
    """Ways to share the axes that are left among the targets."""
    if not targets:
        if not left:
            yield ()
        return
    first, rest = targets[0], targets[1:]
    for group in _groups(axes, first, left, alone=not rest):
        for others in _fill(axes, rest, left - set(group)):
            yield (group, *others)


def _groups(
    axes: tuple[Size, ...], target: Size, left: frozenset[int], alone: bool
) -> Iterator[tuple[int, ...]]:
    for count in range(1, len(left) + 1):
        for group in itertools.combinations(sorted(left), count):
            if isinstance(target, Unknown):
                if not alone or len(group) == len(left):
                    yield group
            elif same(product([axes[i] for i in group]), target):
                yield group


def _leading(tensor: Tensor, sizes: Sequence[Size]) -> bool:
    """Whether a tensor of unknown rank has its axes asked for in another order.

    Its sizes are known by number, and the first one must not stand behind the steps.
    """
    first = tensor.axis(0).size
    if not isinstance(first, Expr):
        return False
    real = [size for size in sizes if size != 1]
    numbers = [_numbers(tensor, size) for size in real]
    if len(real) > 2 and all(numbers):
        listed = [number for group in numbers for number in group]
        return listed != sorted(listed) and sorted(listed) == list(range(len(listed)))
    at = next((i for i, size in enumerate(real) if same(size, first)), 0)
    return any(_steps(tensor, size) for size in real[:at])


def _numbers(tensor: Tensor, size: Size) -> list[int]:
    """The axes that a size is the product of, in order; empty where it is of something else."""
    if not isinstance(size, Expr) or len(size.terms) != 1 or size.terms[0][1] != 1:
        return []
    sizes = [tensor.axis(number).size for number in range(_MOST)]
    own = [symbols(one) if isinstance(one, Expr) else set() for one in sizes]
    found = [
        next((i for i, names in enumerate(own) if {name} == names), None)
        for name in size.terms[0][0]
    ]
    return [] if None in found else sorted(number for number in found if number is not None)


def _steps(tensor: Tensor, size: Size) -> bool:
    """Whether a size stands for steps: another axis of the tensor, a number, or by its name."""
    if isinstance(size, int):
        return size > 1
    if isinstance(size, Unknown):
        return False
    if same(size, tensor.axis(1).size) or differ(size, 1):
        return True
    names = " ".join(name.partition("@")[0] for name in symbols(size))
    return _STEPS.search(names) is not None and _ROWS.search(names) is None


def row_turned(before: Tensor, sizes: Sequence[Size]) -> bool:
    """Whether one row of a state, turned to (feature, batch), is viewed as rows of samples."""
    axes, source = before.axes or (), before.source
    if [axis.role for axis in axes] != [Role.FEATURE, Role.BATCH] or len(sizes) != 2:
        return False
    if source is None or not source.exact or source.slot not in ("h_n", "c_n") or sizes[1] != -1:
        return False
    rows, feature, batch = sizes[0], axes[0].size, axes[1].size
    if not isinstance(rows, Expr) or batch == 1 or same(rows, feature):
        return False
    own = symbols(feature) if isinstance(feature, Expr) else set()
    read = all(".size(" in label(name) for name in symbols(rows))  # off a tensor, as a batch is
    return same(rows, batch) or (read and own.isdisjoint(symbols(rows)))
