"""Subscripts: what indexing gives for every kind of value."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.facts import FirstOfPass, TupleIndexed, TupleMisused
from shapeguard.axes.indexing import index
from shapeguard.axes.marks import Mark
from shapeguard.axes.reading import Indexed
from shapeguard.axes.size import UNKNOWN, Expr, Unknown, symbols
from shapeguard.axes.slicing import Slice
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import attributes, operators, packed, parts, sorting
from shapeguard.lint.interp.containers import Each, Mapping, Parts, Records
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.holding import is_layer
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import BACKWARDS, COUNTER, Machine, length, opaque_part, unwrap
from shapeguard.lint.interp.objects import Batch, Frame, Layer, Opaque, Ref, ShapeOf
from shapeguard.lint.interp.values import as_tensor, known


def subscript(machine: Machine, node: cst.Subscript, frame: Frame) -> Any:
    base = unwrap(evaluate(machine, node.value, frame))
    return select(machine, base, keys(machine, node, frame), node, node.value)


def keys(machine: Machine, node: cst.Subscript, frame: Frame) -> list[Any]:
    """What stands between the brackets: values, and Slices of sizes."""
    return [_key(machine, element.slice, frame) for element in node.slice]


def _key(machine: Machine, part: cst.BaseSlice, frame: Frame) -> Any:
    if isinstance(part, cst.Index):
        return unwrap(evaluate(machine, part.value, frame)) if part.star is None else UNKNOWN
    assert isinstance(part, cst.Slice)
    ends = [
        None if end is None else unwrap(evaluate(machine, end, frame))
        for end in (part.lower, part.upper, part.step)
    ]
    return Slice(*(operators.number(end) for end in ends))


def select(
    machine: Machine, base: Any, keys: list[Any], node: cst.CSTNode, base_node: cst.CSTNode
) -> Any:
    """``base[keys]`` for every kind of base."""
    key = keys[0] if len(keys) == 1 else Tuple(tuple(keys))
    if isinstance(base, Mapping):
        if isinstance(key, Opaque):
            machine.split(key, *(name for name, _ in base.items))
            if any(is_layer(value) for _, value in base.items):
                machine.decisive.add(key.identity)
            return UNKNOWN
        return base.get(key) if known(key) else UNKNOWN
    if isinstance(base, Layer):
        return attributes.item_of(base, key)
    if isinstance(base, Tuple):
        return _tuple_item(machine, base, keys, node, base_node)
    if isinstance(base, Each):
        if isinstance(key, Slice):
            return Each(base.item)
        item = unwrap(base.item)
        turned = isinstance(item, Tensor) and Mark.REVERSED in item.marks
        if machine.named and base.filled and key == 0 and turned:
            machine.note(FirstOfPass(machine.place(node), machine.place(base_node), item))
        return base.item
    if isinstance(base, Parts):
        return parts.pick(machine, base, key, node, base_node)
    if isinstance(base, ShapeOf):
        if isinstance(key, Slice):
            return Each(UNKNOWN)
        size = base.tensor.axis(key).size if isinstance(key, int) else UNKNOWN
        if size is UNKNOWN and key == 0 and base.tensor.source is None:
            return length(machine)
        return size
    if isinstance(base, Ref):
        return UNKNOWN
    if isinstance(base, Packed):
        return packed.item(machine, base, keys, node, base_node)
    if isinstance(base, Records):
        return base.item
    if isinstance(base, Batch) and isinstance(key, str):
        return base.called(opaque_part(base, f".{key}").identity)
    if isinstance(base, Opaque) and isinstance(key, str):
        if f"{base.identity}[{key}]" in machine.columns:
            return machine.columns[f"{base.identity}[{key}]"]
        return machine.settle(opaque_part(base, f".{key}"))
    if isinstance(base, Opaque) and isinstance(key, int):
        return machine.settle(opaque_part(base, f"[{key}]"))
    tensor = as_tensor(base)
    if tensor is None:
        return UNKNOWN
    return tensor_item(machine, tensor, keys, node, base_node)


def _tuple_item(
    machine: Machine, base: Tuple, keys: list[Any], node: cst.CSTNode, base_node: cst.CSTNode
) -> Any:
    key = keys[0]
    if len(keys) > 1 or key is None or key is Ellipsis:
        if base.source is not None:
            how = "indexed like a tensor"
            machine.note(TupleMisused(machine.place(node), base, how, machine.place(base_node)))
        return UNKNOWN
    if isinstance(key, (bool, int)):
        if not -len(base.items) <= key < len(base.items):
            return UNKNOWN
        if base.source is not None:
            machine.note(
                TupleIndexed(machine.place(node), base, int(key), machine.place(base_node))
            )
        return base.items[key]
    if isinstance(key, Slice):
        ends = (key.start, key.stop, key.step)
        if all(end is None or type(end) is int for end in ends) and key.step != 0:
            return Tuple(base.items[slice(*ends)])
    merged = base.items[0] if base.items else UNKNOWN
    for item in base.items[1:]:
        merged = join(merged, item)
    return merged


def tensor_item(
    machine: Machine,
    tensor: Tensor,
    keys: list[Any],
    node: cst.CSTNode,
    base_node: cst.CSTNode,
    how: str = "index",
) -> Tensor:
    """``tensor[keys]``, with the fact where the tensor comes from a recurrent layer."""
    place, base = machine.place(node), machine.place(base_node)
    keys = [_tensor_key(key) for key in keys]
    if any(isinstance(key, Tensor) for key in keys):
        keys = [_index_array(key) for key in keys]
    after = index(tensor, keys, place, base).reranked()
    asked = sum(key is not None and key is not Ellipsis for key in keys)
    machine.counted(tensor, asked - 1, node)
    piece = parts.piece(tensor, keys, place, base.text)
    if piece is not None:
        after = after.marked(piece)
    after = sorting.reordered(machine, after, keys, node)
    if any(from_the_end(key) for key in keys):
        after = after.marked(Mark.REVERSED)
    if tensor.source is not None and tensor.axes is not None:
        taken = after.source.takes[len(tensor.source.takes) :] if after.source else ()
        machine.note(Indexed(place, base, tensor, after, taken, how))
        machine.narrowed(tensor, after, node)
    return after


def from_the_end(key: Any) -> bool:
    """Whether an index counts steps from the end, as the loop counter in it goes on."""
    if not isinstance(key, Expr):
        return False
    factors = {names[0]: factor for names, factor in key.terms if len(names) == 1}
    up = [f for name, f in factors.items() if f"@{COUNTER}" in name and BACKWARDS not in name]
    down = [f for name, f in factors.items() if f"@{BACKWARDS}" in name]
    return any(f < 0 for f in up) or any(f > 0 for f in down)


def _tensor_key(key: Any) -> Any:
    if isinstance(key, Tensor) and Mark.MASK in key.marks:
        return UNKNOWN
    if key is None or key is Ellipsis or isinstance(key, (Slice, Tensor, Expr, Unknown)):
        return key
    if isinstance(key, bool):
        return UNKNOWN
    if isinstance(key, int):
        return key
    if isinstance(key, Opaque):
        return operators.number(key)
    if isinstance(key, Ref):
        return Ellipsis if key.dotted == "builtins.Ellipsis" else UNKNOWN
    if isinstance(key, Tuple) and len(key.items) == 1 and type(key.items[0]) is int:
        only = key.items[0]  # a list of one position keeps the axis, as a slice does
        return Slice(only, only + 1 if only != -1 else None)
    if isinstance(key, (Tuple, Each)):
        return Tensor()
    return UNKNOWN


def _index_array(key: Any) -> Any:
    """Beside an index tensor, ``lengths - 1`` is one too."""
    if isinstance(key, Expr) and any(f"@{COUNTER}" in name for name in symbols(key)):
        return key
    if isinstance(key, Expr) and dict(key.terms).get((), 0) == -1:
        return Tensor(marks=frozenset({Mark.MINUS_ONE}))
    return Tensor() if isinstance(key, Expr) else key
