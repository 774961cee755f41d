"""Operations on tensors, as methods and as functions: from arguments to the axis algebra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes import combining, products
from shapeguard.axes import size as axis_sizes
from shapeguard.axes.activation import activation
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.keeping import StateMade
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import iteration, losses, operators, severing
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Listed
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Opaque
from shapeguard.lint.interp.regrouping import (
    expanded,
    flattened,
    like_other,
    permuted,
    repeated,
    squeezed,
    transposed,
    turned,
    unflattened,
    unsqueezed,
    view,
)
from shapeguard.lint.interp.scoring import argmax, loss, softmax
from shapeguard.lint.interp.selections import (
    best,
    chunked,
    drawn,
    gathered,
    index_selected,
    narrowed,
    selected,
    split,
    unbound,
)
from shapeguard.lint.interp.use import Use, highest, sizes_of
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


def _table(*rows: tuple[str, Callable[[Use], Any]]) -> dict[str, Callable[[Use], Any]]:
    return {name: handler for names, handler in rows for name in names.split()}


OPERATIONS = _table(
    ("size", size),
    ("dim ndimension", rank),
    ("view reshape", view),
    ("view_as reshape_as expand_as", like_other),
    ("flatten", flattened),
    ("unflatten", unflattened),
    ("transpose swapaxes swapdims transpose_", transposed),
    ("t", turned),
    ("permute", permuted),
    ("one_hot", hot),
    ("squeeze squeeze_", squeezed),
    ("unsqueeze unsqueeze_", unsqueezed),
    (
        "to cuda cpu float double half bfloat16 type type_as requires_grad_ long "
        "int dropout retain_grad pin_memory dropout_ feature_dropout as_tensor",
        same,
    ),
    ("contiguous clone", gathered_up),
    ("bool", truths),
    ("detach detach_ numpy", detached),
    (
        "relu relu_ tanh tanh_ sigmoid sigmoid_ gelu elu selu leaky_relu silu mish softplus exp "
        "log abs sqrt pow neg clamp clip sign layer_norm normalize round nan_to_num dropout1d "
        "square hardtanh cumsum log1p",
        computed,
    ),
    ("expand", expanded),
    ("repeat tile", repeated),
    ("chunk tensor_chunk", chunked),
    ("split", split),
    ("unbind", unbound),
    ("select", selected),
    ("narrow", narrowed),
    ("gather", gathered),
    ("index_select", index_selected),
    ("mean sum logsumexp amax amin std var norm prod all any count_nonzero", reduced),
    ("max min median mode", extreme),
    ("argmax argmin", argmax),
    ("sort argsort", ordered),
    ("max_pool1d avg_pool1d adaptive_max_pool1d adaptive_avg_pool1d", pooled),
    ("softmax log_softmax", softmax),
    ("cross_entropy nll_loss", loss),
    (" ".join(sorted(losses.FUNCTIONS)), losses.function),
    ("add sub mul div add_ sub_ mul_ div_ subtract multiply", arithmetic),
    ("matmul bmm mm mv dot einsum baddbmm", product),
    ("masked_fill masked_fill_ where masked_scatter", masked),
    ("flip fliplr flipud roll", flipped),
    ("new_zeros new_ones new_empty new_full new", filled),
    ("item", number),
    ("multinomial", drawn),
    ("topk", best),
    ("tolist", listed),
    ("numel backward dtype element_size stride is_contiguous", gone),
    (
        "unfold masked_select nonzero repeat_interleave index_add scatter take kthvalue "
        "movedim moveaxis diff",
        lost,
    ),
)


_VALUES = (same, truths, detached, computed, softmax, masked)
KEEP_RANK = (*_VALUES, transposed, turned, permuted, squeezed)
"""What leaves as many axes as there were, and a squeeze, which has a mark of its own."""


def operate(
    machine: Machine, name: str, value: Any, args: Args, node: cst.CSTNode, base: cst.CSTNode
) -> Any:
    """Apply the operation called ``name`` to a value that should be a tensor."""
    tensor = as_tensor(value)
    if tensor is None:
        tensor = _from_size(value)
    handler = OPERATIONS.get(name)
    if tensor is None or handler is None:
        machine.consume(value, name, node)
        return UNKNOWN
    if isinstance(value, (Opaque, Expr)) and handler in (same, gathered_up):
        return value
    if name == "dropout":
        losses.dropped_out(machine, tensor, args, node)
    use = Use(machine, tensor, args, node, base, name)
    if tensor.regrouped:
        machine.counted(tensor, highest(use), node)
    after = handler(use)
    kept = handler in KEEP_RANK or not isinstance(after, Tensor)
    return after if kept else after.reranked()


def _from_size(value: Any) -> Tensor | None:
    """``lengths - 1`` of an unknown ``lengths`` looks like a size until it is used as a tensor."""
    terms = getattr(value, "terms", None)
    if terms is None:
        return None
    marks = frozenset({Mark.MINUS_ONE}) if dict(terms).get((), 0) == -1 else frozenset()
    return Tensor(marks=marks)
