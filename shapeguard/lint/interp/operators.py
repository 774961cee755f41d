"""Operators, comparisons and truth; what iterating over a value gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from shapeguard.axes import combining, products
from shapeguard.axes.facts import TupleMisused
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN, add, divide, mul
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import filling, packed, placing, registering
from shapeguard.lint.interp.comparisons import truth
from shapeguard.lint.interp.containers import Copies, Each, Listed
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame, Maybe, Opaque
from shapeguard.lint.interp.values import as_size, as_tensor


def number(value: Any) -> Any:
    """The value as an index: None, a whole number, a size expression or UNKNOWN."""
    if value is None or type(value) is int:
        return value
    return as_size(value)


def binary(machine: Machine, node: cst.BinaryOperation, frame: Frame) -> Any:
    left = unwrap(evaluate(machine, node.left, frame))
    right = unwrap(evaluate(machine, node.right, frame))
    return combine(machine, node.operator, left, right, node)


SIGNS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.AddAssign: "+",
    cst.Subtract: "-",
    cst.SubtractAssign: "-",
    cst.Multiply: "*",
    cst.MultiplyAssign: "*",
    cst.Divide: "/",
    cst.DivideAssign: "/",
    cst.FloorDivide: "//",
    cst.FloorDivideAssign: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.MatrixMultiply: "@",
    cst.MatrixMultiplyAssign: "@",
}


def combine(
    machine: Machine, operator: cst.CSTNode, left: Any, right: Any, node: cst.CSTNode
) -> Any:
    """``left operator right``."""
    sign = SIGNS.get(type(operator), "")
    if isinstance(left, str) or isinstance(right, str):
        both = isinstance(left, str) and isinstance(right, str)
        return left + right if both and sign == "+" else UNKNOWN
    if isinstance(left, (Tuple, Each)) or isinstance(right, (Tuple, Each)):
        if sign == "+" and isinstance(right, Listed):
            machine.counted(right.tensor, 0, node)
        padded = filling.added(machine, left, right, node) if sign == "+" else None
        if padded is not None:
            return padded
        for value, other in ((left, right), (right, left)):
            repeats = sign == "*" and isinstance(other, int)
            number = isinstance(other, (Tensor, Opaque, float, int)) and not repeats
            if number and isinstance(value, Tuple) and value.source is not None:
                how, place = "used in arithmetic", machine.place(node)
                machine.note(TupleMisused(place, value, how, place))
        if sign == "*":
            registering.repeated(machine, left, right, node)
        return _sequences(left, right, sign)
    for value in (left, right):
        if isinstance(value, Packed):
            packed.misused(machine, value, "used in arithmetic", "arithmetic", node, node)
            return UNKNOWN
    left, right = (_moved(value) for value in (left, right))
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return _tensors(machine, left, right, sign, node)
    if isinstance(left, float) or isinstance(right, float):
        return _floats(sign, left, right)
    return _sizes(sign, as_size(left), as_size(right))


def _moved(value: Any) -> Any:
    """What was moved to a device is a tensor, and no size."""
    if isinstance(value, Opaque) and value.placed is not None and not value.placed.beside:
        return as_tensor(value)
    return value


def _sizes(sign: str, a: Any, b: Any) -> Any:
    if sign in ("+", "-"):
        return add(a, b, 1 if sign == "+" else -1)
    if sign == "*":
        return mul(a, b)
    whole = isinstance(a, int) and isinstance(b, int)
    if sign == "/" and whole and b:
        return a / b
    if sign in ("/", "//"):
        return divide(a, b)
    if whole and sign == "**" and 0 <= b < 16 and abs(a) < 1 << 16:
        return a**b
    return a % b if whole and sign == "%" and b else UNKNOWN


def _floats(sign: str, left: Any, right: Any) -> Any:
    if not all(isinstance(value, (int, float)) for value in (left, right)):
        return UNKNOWN
    if sign == "/":
        return left / right if right else UNKNOWN
    if sign == "*":
        return left * right
    return left + right if sign == "+" else left - right if sign == "-" else UNKNOWN


def _sequences(left: Any, right: Any, sign: str) -> Any:
    plus, times = sign == "+", sign == "*"
    if times and isinstance(right, Tuple):
        left, right = right, left
    if plus and isinstance(left, Tuple) and isinstance(right, Tuple):
        return Tuple(left.items + right.items)
    if (
        times
        and isinstance(left, Tuple)
        and type(right) is int
        and 0 <= right * len(left.items) <= 16
    ):
        return Tuple(left.items * right)
    if plus:
        items = [*_items(left), *_items(right)]
        merged = items[0] if items else UNKNOWN
        for item in items[1:]:
            merged = join(merged, item)
        return Each(merged)
    if times and isinstance(left, Tuple) and left.items:
        same = all(item is left.items[0] for item in left.items)
        return Copies(left.items[0], count=as_size(right)) if same else Each(left.items[0])
    return UNKNOWN


def _items(value: Any) -> list[Any]:
    if isinstance(value, Tuple):
        return list(value.items)
    return [value.item] if isinstance(value, Each) else [UNKNOWN]


def _tensors(machine: Machine, left: Any, right: Any, sign: str, node: cst.CSTNode) -> Any:
    if sign == "@":
        machine.consume(left, "matmul", node)
        machine.consume(right, "matmul", node)
        one, other = as_tensor(left), as_tensor(right)
        if one is None or other is None:
            return Tensor(marks=combining.traces(*(t for t in (one, other) if t is not None)))
        return products.product("matmul", one, other)
    a, b = as_tensor(left), as_tensor(right)
    if a is not None and b is None:
        out = shifted(a, sign)
        return out.marked(Mark.MINUS_ONE) if sign == "-" and right == 1 else out
    if b is not None and a is None:
        return shifted(b, sign)
    assert a is not None
    assert b is not None
    machine.consume(a, "arithmetic", node)
    placing.apart(machine, a, b, "computed with", node)
    machine.consume(b, "arithmetic", node)
    return combining.arithmetic(a, b)


def shifted(tensor: Tensor, sign: str) -> Tensor:
    """A tensor after arithmetic with a number: what is padded with zeros is so after a product."""
    out = tensor.computed()
    if out.padding is not None and sign not in ("*", "/"):
        return out.padded(replace(out.padding, value=UNKNOWN))
    return out


def unary(machine: Machine, node: cst.UnaryOperation, frame: Frame) -> Any:
    value = unwrap(evaluate(machine, node.expression, frame))
    if isinstance(node.operator, cst.Not):
        result = truth(machine, value)
        return result if result is UNKNOWN else not result
    if isinstance(node.operator, cst.Minus):
        if isinstance(value, float):
            return -value
        if isinstance(value, Tensor):
            return value.computed()
        return mul(as_size(value), -1)
    return value if isinstance(node.operator, cst.Plus) else UNKNOWN


def boolean(machine: Machine, node: cst.BooleanOperation, frame: Frame) -> Any:
    left = evaluate(machine, node.left, frame)
    test = truth(machine, left)
    stop = isinstance(node.operator, cst.Or)
    if test is stop:
        return left
    right = evaluate(machine, node.right, frame)
    if test is (not stop):
        return right
    if truth(machine, right) is stop and isinstance(right, bool):
        return UNKNOWN if left is UNKNOWN else join(left, right)
    if isinstance(left, Maybe) and stop:
        return join(left.value, right)
    return join(left, right)
