"""Evaluating expressions: one function for each kind of node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from shapeguard.axes.facts import Indexed, TupleIndexed, TupleMisused
from shapeguard.axes.indexing import Slice, index
from shapeguard.axes.size import UNKNOWN, Expr, Unknown, symbols
from shapeguard.axes.value import Mark, Packed, Rnn, Tensor, Tuple
from shapeguard.lint.interp import attributes, calls, operators
from shapeguard.lint.interp.machine import COUNTER, Machine, is_layer, opaque_part, unwrap
from shapeguard.lint.interp.objects import (
    Each,
    Frame,
    Function,
    Layer,
    Mapping,
    Opaque,
    Parts,
    Ref,
    ShapeOf,
    as_tensor,
    join,
    known,
)

UNROLL = 8
"""Known sequences are followed item by item up to this length."""

CONVENTIONS = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"}
"""Names that snippets use without importing them."""


def evaluate(machine: Machine, node: cst.BaseExpression, frame: Frame) -> Any:
    """The value of an expression; UNKNOWN for what is not followed."""
    handler = HANDLERS.get(type(node))
    return handler(machine, node, frame) if handler is not None else UNKNOWN


def name(machine: Machine, node: cst.Name, frame: Frame) -> Any:
    text = node.value
    value, owner = frame.lookup(text)
    if owner is not None:
        return machine.settle(value)
    constant = _CONSTANTS.get(text, node)
    if constant is not node:
        return constant
    star, found = frame.lookup("*")
    if found is not None and text in star:
        return Ref(f"torch.nn.{text}")
    return Ref(CONVENTIONS.get(text, f"builtins.{text}"))


_CONSTANTS = {"True": True, "False": False, "None": None}


def integer(machine: Machine, node: cst.Integer, frame: Frame) -> int:
    return int(node.value, 0)


def floating(machine: Machine, node: cst.Float, frame: Frame) -> float:
    return float(node.value)


def string(machine: Machine, node: cst.SimpleString, frame: Frame) -> Any:
    text = node.value
    quote = text[0]
    if quote in "\"'" and "\\" not in text and text[:3] != quote * 3:
        return text[1:-1]
    value = node.evaluated_value
    return value if isinstance(value, str) else UNKNOWN


def joined(machine: Machine, node: cst.ConcatenatedString, frame: Frame) -> Any:
    parts = evaluate(machine, node.left, frame), evaluate(machine, node.right, frame)
    return parts[0] + parts[1] if all(isinstance(part, str) for part in parts) else UNKNOWN


def formatted(machine: Machine, node: cst.FormattedString, frame: Frame) -> Any:
    text = ""
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            text += part.value
            continue
        assert isinstance(part, cst.FormattedStringExpression)
        value = evaluate(machine, part.expression, frame)
        if not isinstance(value, (str, int)) or part.format_spec or part.conversion:
            return UNKNOWN
        text += str(value)
    return text


def elements(machine: Machine, node: Any, frame: Frame) -> Any:
    items: list[Any] = []
    for element in node.elements:
        value = evaluate(machine, element.value, frame)
        if isinstance(element, cst.StarredElement):
            value = unwrap(value)
            if not isinstance(value, Tuple):
                return Each(value.item if isinstance(value, Each) else UNKNOWN)
            items += value.items
        else:
            items.append(value)
    return Tuple(tuple(items))


def mapping(machine: Machine, node: cst.Dict, frame: Frame) -> Mapping:
    items: list[tuple[Any, Any]] = []
    complete = True
    for element in node.elements:
        value = evaluate(machine, element.value, frame)
        if isinstance(element, cst.StarredDictElement):
            value = unwrap(value)
            if isinstance(value, Mapping):
                items = [item for item in items if item[0] not in dict(value.items)]
                items += value.items
                complete = complete and value.complete
            else:
                complete = False
            continue
        assert isinstance(element, cst.DictElement)
        key = evaluate(machine, element.key, frame)
        if known(key):
            items = [item for item in items if item[0] != key] + [(key, value)]
        else:
            complete = False
    return Mapping(tuple(items), complete)


def choice(machine: Machine, node: cst.IfExp, frame: Frame) -> Any:
    machine.asked.clear()
    test = operators.truth(machine, evaluate(machine, node.test, frame))
    if test is True:
        return evaluate(machine, node.body, frame)
    if test is False:
        return evaluate(machine, node.orelse, frame)
    asked = tuple(machine.asked)
    body, orelse = evaluate(machine, node.body, frame), evaluate(machine, node.orelse, frame)
    return machine.joined(body, orelse, asked)


def walrus(machine: Machine, node: cst.NamedExpr, frame: Frame) -> Any:
    from shapeguard.lint.interp import binding

    value = evaluate(machine, node.value, frame)
    binding.assign(machine, node.target, value, frame, node.value, node)
    return value


def function(machine: Machine, node: cst.Lambda, frame: Frame) -> Function:
    return Function("<lambda>", node, frame, unit=machine.unit)


def comprehension(machine: Machine, node: Any, frame: Frame) -> Any:
    """A list, set or generator: item by item where the iterable is known, else one sample."""
    inner = Frame(frame)
    rounds = _rounds(machine, node.for_in, inner)
    if rounds is None:
        return Each(evaluate(machine, node.elt, inner))
    items = []
    for item in rounds:
        _bind_loop(machine, node.for_in, item, inner)
        items.append(evaluate(machine, node.elt, inner))
    return Tuple(tuple(items))


def dict_comprehension(machine: Machine, node: cst.DictComp, frame: Frame) -> Mapping:
    inner = Frame(frame)
    rounds = _rounds(machine, node.for_in, inner)
    items: list[tuple[Any, Any]] = []
    for item in rounds or ():
        _bind_loop(machine, node.for_in, item, inner)
        key = evaluate(machine, node.key, inner)
        if known(key):
            items.append((key, evaluate(machine, node.value, inner)))
    if rounds is None:
        evaluate(machine, node.value, inner)
    return Mapping(tuple(items), rounds is not None and len(items) == len(rounds))


def _rounds(machine: Machine, clause: cst.CompFor, frame: Frame) -> tuple[Any, ...] | None:
    """The items of a comprehension's only loop, if they are known; else a sample is bound."""
    over = unwrap(evaluate(machine, clause.iter, frame))
    items = operators.items_of(machine, over)
    if (
        items is not None
        and len(items) <= UNROLL
        and not clause.ifs
        and clause.inner_for_in is None
    ):
        return items
    inner: cst.CompFor | None = clause
    while inner is not None:
        if inner is not clause:
            over = unwrap(evaluate(machine, inner.iter, frame))
        _bind_loop(machine, inner, operators.sample(machine, over), frame)
        for test in inner.ifs:
            evaluate(machine, test.test, frame)
        inner = inner.inner_for_in
    return None


def _bind_loop(machine: Machine, clause: cst.CompFor, item: Any, frame: Frame) -> None:
    from shapeguard.lint.interp import binding

    binding.assign(machine, clause.target, item, frame, None, clause)


def subscript(machine: Machine, node: cst.Subscript, frame: Frame) -> Any:
    base = unwrap(evaluate(machine, node.value, frame))
    keys = [_key(machine, element.slice, frame) for element in node.slice]
    return select(machine, base, keys, node, node.value)


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
        return Each(base.item) if isinstance(key, Slice) else base.item
    if isinstance(base, Parts):
        whole = [Slice()] * base.dim + [key]
        return tensor_item(machine, base.tensor, whole, node, base_node)
    if isinstance(base, ShapeOf):
        if isinstance(key, Slice):
            return Each(UNKNOWN)
        return base.tensor.axis(key).size if isinstance(key, int) else UNKNOWN
    if isinstance(base, Ref):
        return UNKNOWN
    if isinstance(base, Opaque) and isinstance(key, str):
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
    machine: Machine, tensor: Tensor, keys: list[Any], node: cst.CSTNode, base_node: cst.CSTNode
) -> Tensor:
    """``tensor[keys]``, with the fact where the tensor comes from a recurrent layer."""
    place, base = machine.place(node), machine.place(base_node)
    keys = [_tensor_key(key) for key in keys]
    if any(isinstance(key, Tensor) for key in keys):
        keys = [_index_array(key) for key in keys]
    after = index(tensor, keys, place, base)
    if tensor.source is not None and tensor.axes is not None:
        taken = after.source.takes[len(tensor.source.takes) :] if after.source else ()
        machine.note(Indexed(place, base, tensor, after, taken))
        machine.narrowed(tensor, after, node)
    return after


def _tensor_key(key: Any) -> Any:
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


def attribute(machine: Machine, node: cst.Attribute, frame: Frame) -> Any:
    base = unwrap(evaluate(machine, node.value, frame))
    name = node.attr.value
    if isinstance(base, Tuple) and base.source is not None and name not in _TUPLE_NAMES:
        how = f"used as a tensor by .{name}"
        machine.note(TupleMisused(machine.place(node), base, how, machine.place(node.value)))
        return UNKNOWN
    return machine.settle(attributes.attribute(machine, base, node.attr.value, node))


_TUPLE_NAMES = frozenset(dir(tuple))


def await_(machine: Machine, node: cst.Await, frame: Frame) -> Any:
    return evaluate(machine, node.expression, frame)


def yield_(machine: Machine, node: cst.Yield, frame: Frame) -> Any:
    if isinstance(node.value, cst.From):
        evaluate(machine, node.value.item, frame)
    elif node.value is not None:
        value = evaluate(machine, node.value, frame)
        machine.stack[-1].returned.append(Each(value))
    return UNKNOWN


HANDLERS: dict[type[cst.CSTNode], Callable[[Machine, Any, Frame], Any]] = {
    cst.Name: name,
    cst.Integer: integer,
    cst.Float: floating,
    cst.SimpleString: string,
    cst.ConcatenatedString: joined,
    cst.FormattedString: formatted,
    cst.Tuple: elements,
    cst.List: elements,
    cst.Set: elements,
    cst.Dict: mapping,
    cst.IfExp: choice,
    cst.NamedExpr: walrus,
    cst.Lambda: function,
    cst.ListComp: comprehension,
    cst.GeneratorExp: comprehension,
    cst.SetComp: comprehension,
    cst.DictComp: dict_comprehension,
    cst.Subscript: subscript,
    cst.Attribute: attribute,
    cst.Call: calls.call,
    cst.Await: await_,
    cst.Yield: yield_,
    cst.BinaryOperation: operators.binary,
    cst.UnaryOperation: operators.unary,
    cst.BooleanOperation: operators.boolean,
    cst.Comparison: operators.comparison,
    cst.Ellipsis: lambda machine, node, frame: Ellipsis,
}

__all__ = ["HANDLERS", "Packed", "Rnn", "evaluate", "select", "tensor_item"]
