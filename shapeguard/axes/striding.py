"""How far apart in memory the positions along each axis are, and whether a tensor is contiguous.

Strides are known of tensors that an operation has made anew, and followed through views of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from shapeguard.axes.axis import Axis
from shapeguard.axes.size import UNKNOWN, Size, Unknown, differ, mul, product, same

Strides = tuple[Size, ...]


def dense(axes: Sequence[Axis] | None) -> Strides:
    """The strides of a tensor that was made anew: the last axis lies side by side.

    None at all, not even an empty tuple, are those of a tensor of which nothing is known.
    """
    if axes is None:
        return ()
    return tuple(product([one.size for one in axes[i + 1 :]]) for i in range(len(axes)))


def contiguous(axes: Sequence[Axis] | None, strides: Strides | None) -> bool:
    """Whether a tensor certainly lies in memory as a new one of its sizes does."""
    if axes is None or strides is None:
        return strides == ()
    pairs = zip(axes, strides, dense(axes), strict=True)
    return all(axis.size == 1 or _equal(one, other) for axis, one, other in pairs)


def apart(axes: Sequence[Axis] | None, strides: Strides | None, batch: int) -> int | None:
    """An axis along which the tensor certainly does not lie as a new one does; that of the
    ``batch`` counts as longer than 1."""
    if axes is None or strides is None:
        return None
    wanted = dense(axes)
    for i, axis in enumerate(axes):
        many = differ(axis.size, 1) or (i == batch and axis.size != 1)
        if many and differ(strides[i], wanted[i]):
            return i
    return None


def _equal(one: Size, other: Size) -> bool:
    return not isinstance(one, Unknown) and same(one, other)


def moved(strides: Strides | None, order: Sequence[int]) -> Strides | None:
    """The strides of the axes in another order."""
    return None if strides is None else tuple(strides[dim] for dim in order)


def inserted(strides: Strides | None, dim: int) -> Strides | None:
    """With an axis of size 1 put in, whose stride says nothing."""
    return None if strides is None else (*strides[:dim], 1, *strides[dim:])


def without(strides: Strides | None, dim: int) -> Strides | None:
    """Without an axis."""
    return None if strides is None else (*strides[:dim], *strides[dim + 1 :])


def expanded(
    axes: Sequence[Axis], strides: Strides | None, sizes: Sequence[Size]
) -> Strides | None:
    """With axes of size 1 read over and over: their positions are one in memory."""
    if strides is None:
        return None
    extra = len(sizes) - len(axes)
    out: list[Size] = [0] * extra
    for axis, stride, size in zip(axes, strides, sizes[extra:], strict=True):
        if axis.size == 1 and size not in (1, -1):
            out.append(0)
        elif size == -1 or same(size, axis.size) or differ(axis.size, 1):
            out.append(stride)
        else:
            return None
    return tuple(out)


def stepped(stride: Size, step: object) -> Size:
    """The stride of an axis of which a slice takes every ``step``-th position."""
    if step in (None, 1):
        return stride
    return mul(stride, step) if isinstance(step, int) and step > 1 else UNKNOWN
