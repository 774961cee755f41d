"""Moving and regrouping axes: view, reshape, flatten, squeeze, unsqueeze, transpose, permute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapeguard.axes import fronts, striding
from shapeguard.axes.axis import Axis, Place, Role
from shapeguard.axes.fronts import lost
from shapeguard.axes.size import UNKNOWN, Size, differ, divide, mul, product, same, symbol
from shapeguard.axes.value import Tensor


def unknown(tensor: Tensor, rank: int | None = None) -> Tensor:
    """The tensor with its axes forgotten, but not where it came from."""
    axes = None if rank is None else (Axis(),) * rank
    source = lost(tensor.source)
    return Tensor(axes, source=source, marks=tensor.marks, made=tensor.made, by=tensor.by)


def transpose(tensor: Tensor, first: int, second: int) -> Tensor:
    """Two axes change places."""
    if tensor.axes is None:
        return fronts.moved(tensor, first, second)
    rank = len(tensor.axes)
    if not (-rank <= first < rank and -rank <= second < rank):
        return unknown(tensor)
    order = list(range(rank))
    order[first], order[second] = order[second], order[first]
    axes = [tensor.axes[dim] for dim in order]
    return tensor.with_axes(tuple(axes), striding.moved(tensor.strides, order))


def permute(tensor: Tensor, order: Sequence[int]) -> Tensor:
    """The axes in another order; this many axes the tensor must have."""
    rank = len(order)
    if sorted(dim % rank for dim in order) != list(range(rank)):
        return unknown(tensor)
    if tensor.axes is None:
        order = [dim % rank for dim in order]
        axes = [
            tensor.last if dim == rank - 1 and tensor.last else tensor.axis(dim) for dim in order
        ]
        return tensor.with_axes(tuple(axes))
    if rank != len(tensor.axes):
        return unknown(tensor)
    axes = [tensor.axes[dim] for dim in order]
    return tensor.with_axes(tuple(axes), striding.moved(tensor.strides, order))


def unsqueeze(tensor: Tensor, dim: int, place: Place | None = None) -> Tensor:
    """A new axis of size 1."""
    one = Axis(size=1, inserted=place)
    if tensor.axes is None:
        if dim >= 0:
            front = [tensor.axis(i) for i in range(max(dim, len(tensor.front)))]
            front.insert(dim, one)
            moved = tuple(other + (other >= dim) for other in tensor.ones)
            return replace(tensor, ones=(*moved, dim), front=tuple(front))
        new = one if dim == -1 else None
        source, marks = lost(tensor.source), tensor.marks
        return Tensor(last=new, front=tensor.front, source=source, marks=marks, made=tensor.made)
    rank = len(tensor.axes) + 1
    if not -rank <= dim < rank:
        return unknown(tensor)
    dim %= rank
    axes = (*tensor.axes[:dim], one, *tensor.axes[dim:])
    return tensor.with_axes(axes, striding.inserted(tensor.strides, dim))


def squeeze(tensor: Tensor, dim: int | None) -> Tensor:
    """An axis of size 1 goes away; what has another size stays, and what is unknown is unknown."""
    if tensor.axes is None:
        if dim is not None and 0 <= dim < len(tensor.front) and tensor.front[dim].size == 1:
            front = (*tensor.front[:dim], *tensor.front[dim + 1 :])
            return replace(unknown(tensor), front=front, last=tensor.last)
        return unknown(tensor)
    if dim is None:
        if all(axis.size == 1 or differ(axis.size, 1) for axis in tensor.axes):
            return tensor.with_axes(tuple(a for a in tensor.axes if a.size != 1))
        return unknown(tensor)
    rank = len(tensor.axes)
    if not -rank <= dim < rank:
        return unknown(tensor)
    axis = tensor.axes[dim]
    dim %= rank
    if axis.size == 1:
        left = tensor.axes[:dim] + tensor.axes[dim + 1 :]
        return tensor.with_axes(left, striding.without(tensor.strides, dim))
    if differ(axis.size, 1):
        return tensor
    lost = unknown(tensor)
    return lost if dim == rank - 1 else replace(lost, last=tensor.axes[-1])


def flatten(tensor: Tensor, start: int, end: int) -> Tensor:
    """Adjacent axes become one."""
    if tensor.axes is None:
        return fronts.flattened(tensor, start, end)
    rank = len(tensor.axes)
    if not (-rank <= start < rank and -rank <= end < rank):
        return unknown(tensor)
    start, end = start % rank, end % rank
    if end <= start:
        return tensor
    after = tensor.with_axes(
        (*tensor.axes[:start], fronts.merge(tensor.axes[start : end + 1]), *tensor.axes[end + 1 :])
    )
    return after.fresh() if tensor.contiguous else after


def split(axis: Axis, sizes: Sequence[Size], directions: Size, layers: Size) -> tuple[Axis, ...]:
    """One axis as several adjacent ones, with roles where the documented order gives them.

    ``output.view(..., num_directions, hidden_size)`` splits the feature axis by direction;
    ``h_n.view(num_layers, num_directions, ...)`` splits the first axis of the states.
    """
    if len(sizes) == 2 and axis.role is Role.FEATURE and len(axis.halves) == 2 and sizes[0] == 2:
        return Axis(Role.DIRECTION, 2), Axis(Role.FEATURE, sizes[1])
    if len(sizes) == 2 and axis.role is Role.STATES and same(sizes[1], directions):
        if same(sizes[0], layers) and not (same(layers, directions) and layers != 1):
            return Axis(Role.LAYER, layers), Axis(Role.DIRECTION, directions)
        if same(sizes[0], layers):
            return Axis(Role.LAYER, layers), Axis(Role.DIRECTION, directions)
    real = [size for size in sizes if size != 1]
    if len(real) == 1:
        return tuple(axis if size != 1 else Axis(size=1) for size in sizes)
    if len(axis.merged) == len(sizes) and all(
        same(one.size, size) for one, size in zip(axis.merged, sizes, strict=True)
    ):
        return axis.merged
    return tuple(Axis(Role.UNKNOWN, size) for size in sizes)


def resolve(axes: Sequence[Axis], sizes: Sequence[Size]) -> list[Size]:
    """Target sizes with -1 worked out where the rest is known."""
    out = list(sizes)
    holes = [i for i, size in enumerate(out) if size == -1]
    if len(holes) == 1:
        rest = [size for size in out if size != -1]
        total = [axis.size for axis in axes]
        for size in list(rest):  # equal factors cancel, known or not by value
            match = next((t for t in total if same(t, size)), None)
            if match is not None:
                total.remove(match)
                rest.remove(size)
        out[holes[0]] = divide(product(total), product(rest))
    return [UNKNOWN if size == -1 else size for size in out]


def view(tensor: Tensor, sizes: Sequence[Size]) -> Tensor:
    """view or reshape: axes that are kept, split or merged are matched from both ends.

    What cannot be matched is unknown; its values are then taken as mixed. Axes that were merged
    are matched by their parts, so a view can take them apart again.
    """
    if tensor.axes is None:
        keep = tensor.last if sizes and tensor.last and same(sizes[-1], tensor.last.size) else None
        made = [Axis(Role.UNKNOWN, UNKNOWN if s == -1 else s) for s in sizes]
        made[: len(sizes)] = fronts.viewed(tensor, sizes, made)
        made[-1:] = [keep or _all_features(tensor, sizes) or axis for axis in made[-1:]]
        after = replace(unknown(tensor), axes=tuple(made))
        return after.fresh() if tensor.contiguous else after
    parts = [part for axis in tensor.axes for part in axis.merged or (axis,)]
    target = resolve(parts, sizes)
    directions: Size = UNKNOWN
    layers: Size = UNKNOWN
    if tensor.source is not None:
        rnn = tensor.source.call.rnn
        directions, layers = rnn.directions, rnn.size("num_layers")
    front, back, used = _match(parts, target, directions, layers)
    if used:
        after = tensor.with_axes(tuple(front + back))
        return after.fresh() if tensor.contiguous else after
    middle = len(target) - len(front) - len(back)
    inner = target[len(front) : len(front) + middle]
    axes = (*front, *(Axis(Role.UNKNOWN, size) for size in inner), *back)
    after = replace(unknown(tensor), axes=axes)
    return after.fresh() if tensor.contiguous else after


def _all_features(tensor: Tensor, sizes: Sequence[Size]) -> Axis | None:
    """The last axis of ``view(1, 1, -1)``: the features of every position, one after another."""
    if tensor.last is None or not tensor.key or sizes[-1] != -1 or product(list(sizes[:-1])) != 1:
        return None
    positions = symbol(f"positions@{tensor.key}:{tensor.last.size}")
    return Axis(Role.UNKNOWN, mul(tensor.last.size, positions))


def _match(
    axes: list[Axis], target: list[Size], directions: Size, layers: Size
) -> tuple[list[Axis], list[Axis], bool]:
    """Matched axes from the front and from the back, and whether everything matched."""
    front: list[Axis] = []
    back: list[Axis] = []
    low, high, a, b = 0, len(target), 0, len(axes)
    while low < high and a < b:
        step = _step(axes[a:b], target[low:high], directions, layers)
        if step is None:
            break
        taken, made = step
        front += made
        a, low = a + taken, low + len(made)
    while low < high and a < b and same(axes[b - 1].size, target[high - 1]):
        back.insert(0, axes[b - 1])
        b, high = b - 1, high - 1
    while low < high and a == b and target[low] == 1:
        front.append(Axis(size=1))
        low += 1
    if high - low == 1 and a < b:
        rest = axes[a:b]
        if target[low] is UNKNOWN or same(product([x.size for x in rest]), target[low]):
            return [*front, fronts.merge(rest)], back, True
    done = low == high and (a == b or all(axis.size == 1 for axis in axes[a:b]))
    return front, back, done


def _step(
    axes: list[Axis], target: list[Size], directions: Size, layers: Size
) -> tuple[int, list[Axis]] | None:
    if same(axes[0].size, target[0]):
        return 1, [axes[0]]
    if target[0] == 1:
        return 0, [Axis(size=1)]
    if axes[0].size == 1:
        return 1, []
    for count in range(2, len(target) + 1):
        if same(product(target[:count]), axes[0].size):
            return 1, list(split(axes[0], target[:count], directions, layers))
    for count in range(2, len(axes) + 1):
        if same(product([axis.size for axis in axes[:count]]), target[0]):
            return count, [fronts.merge(axes[:count])]
    return None


def expand(tensor: Tensor, sizes: Sequence[Size]) -> Tensor:
    """Axes of size 1 are repeated; -1 keeps an axis."""
    if tensor.axes is None or len(sizes) < len(tensor.axes):
        axes = [Axis(Role.UNKNOWN, UNKNOWN if s == -1 else s) for s in sizes]
        return Tensor(tuple(axes), marks=tensor.marks, made=tensor.made)
    extra = len(sizes) - len(tensor.axes)
    axes = [Axis(Role.UNKNOWN, size) for size in sizes[:extra]]
    for axis, size in zip(tensor.axes, sizes[extra:], strict=False):
        keep = size == -1 or same(size, axis.size) or differ(axis.size, 1)
        axes.append(axis if keep else Axis(Role.UNKNOWN, size))
    return tensor.with_axes(tuple(axes), striding.expanded(tensor.axes, tensor.strides, sizes))


def repeat(tensor: Tensor, times: Sequence[Size]) -> Tensor:
    """Every axis as many times over as ``times`` says."""
    if tensor.axes is None or len(times) < len(tensor.axes):
        return unknown(tensor, len(times))
    extra = len(times) - len(tensor.axes)
    axes = [Axis(Role.UNKNOWN, size) for size in times[:extra]]
    for axis, count in zip(tensor.axes, times[extra:], strict=False):
        axes.append(axis if count == 1 else Axis(Role.UNKNOWN, mul(axis.size, count)))
    return replace(unknown(tensor), axes=tuple(axes))
