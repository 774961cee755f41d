"""Operations by name: from a method or function of torch to what it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import losses
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import Machine
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
from shapeguard.lint.interp.tensors import (
    arithmetic,
    computed,
    detached,
    extreme,
    filled,
    flipped,
    gathered_up,
    gone,
    hot,
    listed,
    lost,
    masked,
    number,
    ordered,
    pooled,
    product,
    rank,
    reduced,
    same,
    size,
    truths,
)
from shapeguard.lint.interp.use import Use, highest
from shapeguard.lint.interp.values import as_tensor


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
