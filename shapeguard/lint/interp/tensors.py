"""Operations on tensors, as methods and as functions: from arguments to the axis algebra."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes import combining, products
from shapeguard.axes import size as axis_sizes
from shapeguard.axes.activation import activation
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.keeping import StateMade
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import iteration, operators, severing
from shapeguard.lint.interp.containers import Listed
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.use import Use, sizes_of
from shapeguard.lint.interp.values import as_size, as_tensor


def size(use: Use) -> Any:
    use.machine.consume(use.tensor, "size", use.node)
    dim = use.args.get(0, "dim")
    if dim is ...:
        return iteration.shape_of(use.tensor)
    return use.tensor.axis(dim).size if type(dim) is int else UNKNOWN


def rank(use: Use) -> Any:
    use.machine.consume(use.tensor, "dim", use.node)
    return UNKNOWN if use.tensor.rank is None else use.tensor.rank


def same(use: Use) -> Tensor:
    return use.tensor


def gathered_up(use: Use) -> Tensor:
    return use.tensor.fresh() if use.name == "contiguous" or use.tensor.contiguous else _loose(use)


def _loose(use: Use) -> Tensor:
    return replace(use.tensor, strides=None)


def truths(use: Use) -> Tensor:
    return use.tensor.computed().marked(Mark.MASK)


def detached(use: Use) -> Tensor:
    return severing.sever(use.machine, use.tensor, use.name, use.node, use.base)


NONNEGATIVE = words("relu relu_ sigmoid sigmoid_ exp softplus abs square sqrt")
KEEPS_ZERO = words(
    """
    relu relu_ tanh tanh_ gelu elu selu leaky_relu silu mish abs square sqrt neg sign hardtanh
    log1p round nan_to_num dropout1d leakyrelu prelu celu
    """
)


def computed(use: Use) -> Tensor:
    after = activated(use.tensor, use.name)
    place, base = use.machine.place(use.node), use.machine.place(use.base)
    return replace(after, by=activation(use.name, place, base, None, use.tensor.by))


def activated(tensor: Tensor, name: str) -> Tensor:
    """A tensor after something that computes step by step."""
    after = tensor.computed()
    if after.padding is not None and name not in KEEPS_ZERO:
        after = after.padded(replace(after.padding, value=UNKNOWN))
    if name in NONNEGATIVE:
        return after.marked(Mark.POSITIVE)
    return replace(after, marks=after.marks - {Mark.POSITIVE, Mark.EQUAL})


def reduced(use: Use) -> Any:
    dims = use.dims()
    if dims is UNKNOWN:
        return Tensor()
    use.machine.consume(use.tensor, use.name, use.node)
    use.reduced(dims)
    keep = use.args.get(1, "keepdim", "keepdims") is True
    return combining.reduce(use.tensor, dims, keep)


def extreme(use: Use) -> Any:
    """max, min and the like over one axis: (values, indices); elementwise against a tensor."""
    if isinstance(use.args.get(0), Tensor):
        return use.tensor.computed()
    value = reduced(use)
    return value if use.dims() is None else Tuple((value, Tensor(value.axes)))


def arithmetic(use: Use) -> Any:
    other = unwrap(use.args.get(0, "other", "value"))
    minus = use.name.startswith("sub")
    operator = cst.Subtract() if minus else cst.Add()
    return operators.combine(use.machine, operator, use.tensor, other, use.node)


def product(use: Use) -> Any:
    """matmul and the like: values are mixed across an axis, and the others are left."""
    use.machine.consume(use.tensor, use.name, use.node)
    for arg in use.args.positional:
        use.machine.consume(arg.value, use.name, use.node)
    other = as_tensor(unwrap(use.args.get(0, "mat2", "other", "tensor2")))
    if other is None or len(use.args.positional) > 1:
        return Tensor(marks=combining.traces(use.tensor, *use.args.tensors()))
    return products.product(use.name, use.tensor, other)


def pooled(use: Use) -> Any:
    """Pooling over the whole last axis, as ``adaptive_max_pool1d(x, 1)`` does."""
    size = unwrap(use.args.get(0, "output_size", "kernel_size"))
    last = use.tensor.axis(-1)
    everything = size == 1 if use.name.startswith("adaptive") else axis_sizes.same(size, last.size)
    if not everything or use.tensor.rank is None:
        return lost(use)
    use.machine.consume(use.tensor, use.name, use.node)
    use.reduced((-1,))
    return combining.reduce(use.tensor, (-1,), True)


def ordered(use: Use) -> Any:
    """sort and argsort: the order is an index tensor."""
    values = lost(use)
    order = Tensor(use.tensor.axes and tuple(Axis(size=a.size) for a in use.tensor.axes))
    order = order.marked(Mark.ORDER)
    return order if use.name == "argsort" else Tuple((values, order))


def lost(use: Use) -> Any:
    """Operations that the algebra does not follow."""
    use.machine.consume(use.tensor, use.name, use.node)
    return Tensor(marks=combining.traces(use.tensor))


def masked(use: Use) -> Any:
    return use.tensor.computed().padded(None).unstepped()


def flipped(use: Use) -> Any:
    """Turned around: what was last is first, so axes keep their sizes but not their roles."""
    if use.tensor.axes is None:
        return Tensor()
    axes = (Axis(Role.UNKNOWN, axis.size, ident=axis.ident) for axis in use.tensor.axes)
    return Tensor(tuple(axes))


def hot(use: Use) -> Tensor:
    """One-hot vectors: a new last axis beside those of the ids."""
    return combining.embedding(use.tensor, as_size(use.args.get(0, "num_classes")))


def filled(use: Use) -> Any:
    sizes = use.sizes("size")
    if use.name == "new_full":
        sizes = sizes_of([use.args.get(0, "size")])
    return made(use.machine, sizes, use.node, use.name.endswith("zeros"))


def made(machine: Machine, sizes: list[Any], node: cst.CSTNode, zeros: bool = False) -> Tensor:
    """A new tensor of these sizes; one of no elements only holds the place of another."""
    if not sizes or any(type(size_) is int and size_ == 0 for size_ in sizes):
        return Tensor()
    machine.note(StateMade(machine.place(node), tuple(sizes)))
    marks = frozenset({Mark.ZEROS}) if zeros else frozenset()
    machine.serial += 1
    axes = (Axis(size=size_, ident=f"{machine.serial}:{i}") for i, size_ in enumerate(sizes))
    return Tensor(tuple(axes), marks=marks).fresh()


def gone(use: Use) -> Any:
    return UNKNOWN


def listed(use: Use) -> Any:
    return Listed(UNKNOWN, tensor=use.tensor) if use.tensor.regrouped else UNKNOWN


def number(use: Use) -> Any:
    use.machine.consume(use.tensor, "item", use.node)
    return UNKNOWN
