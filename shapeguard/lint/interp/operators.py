"""Operators, comparisons and truth; what iterating over a value gives."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes import combining
from shapeguard.axes.facts import TupleMisused
from shapeguard.axes.size import UNKNOWN, add, divide, mul
from shapeguard.axes.value import Mark, Tensor, Tuple
from shapeguard.lint.interp.comparisons import truth
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import (
    Each,
    Frame,
    Maybe,
    Opaque,
    as_size,
    as_tensor,
)


def number(value: Any) -> Any:
    """The value as an index: None, a whole number, a size expression or UNKNOWN."""
    if value is None or type(value) is int:
        return value
    return as_size(value)


def binary(machine: Machine, node: cst.BinaryOperation, frame: Frame) -> Any:
    left = unwrap(evaluate(machine, node.left, frame))
    right = unwrap(evaluate(machine, node.right, frame))
    return combine(machine, node.operator, left, right, node)


def combine(
    machine: Machine, operator: cst.CSTNode, left: Any, right: Any, node: cst.CSTNode
) -> Any:
    """``left operator right``."""
    plus, times = (
        isinstance(operator, (cst.Add, cst.AddAssign)),
        isinstance(operator, (cst.Multiply, cst.MultiplyAssign)),
    )
    minus = isinstance(operator, (cst.Subtract, cst.SubtractAssign))
    if isinstance(left, str) or isinstance(right, str):
        return (
            left + right if plus and isinstance(left, str) and isinstance(right, str) else UNKNOWN
        )
    if isinstance(left, (Tuple, Each)) or isinstance(right, (Tuple, Each)):
        for value, other in ((left, right), (right, left)):
            repeats = times and isinstance(other, int)
            number = isinstance(other, (Tensor, Opaque, float, int)) and not repeats
            if number and isinstance(value, Tuple) and value.source is not None:
                how, place = "used in arithmetic", machine.place(node)
                machine.note(TupleMisused(place, value, how, place))
        return _sequences(left, right, plus, times)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return _tensors(machine, left, right, minus, operator, node)
    if isinstance(left, float) or isinstance(right, float):
        return _floats(operator, left, right)
    a, b = as_size(left), as_size(right)
    if plus or minus:
        return add(a, b, 1 if plus else -1)
    if times:
        return mul(a, b)
    if isinstance(operator, (cst.FloorDivide, cst.FloorDivideAssign)):
        return divide(a, b)
    if isinstance(operator, (cst.Divide, cst.DivideAssign)):
        if isinstance(a, int) and isinstance(b, int) and b:
            return a / b
        return divide(a, b)
    if isinstance(a, int) and isinstance(b, int):
        if isinstance(operator, cst.Power) and 0 <= b < 16 and abs(a) < 1 << 16:
            return a**b
        if isinstance(operator, cst.Modulo) and b:
            return a % b
    return UNKNOWN


def _floats(operator: cst.CSTNode, left: Any, right: Any) -> Any:
    if not all(isinstance(value, (int, float)) for value in (left, right)):
        return UNKNOWN
    try:
        if isinstance(operator, cst.Add):
            return left + right
        if isinstance(operator, cst.Subtract):
            return left - right
        if isinstance(operator, cst.Multiply):
            return left * right
        if isinstance(operator, cst.Divide):
            return left / right
    except (ArithmeticError, ValueError):
        pass
    return UNKNOWN


def _sequences(left: Any, right: Any, plus: bool, times: bool) -> Any:
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
    return Each(left.items[0]) if times and isinstance(left, Tuple) and left.items else UNKNOWN


def _items(value: Any) -> list[Any]:
    if isinstance(value, Tuple):
        return list(value.items)
    return [value.item] if isinstance(value, Each) else [UNKNOWN]


def _tensors(
    machine: Machine, left: Any, right: Any, minus: bool, operator: cst.CSTNode, node: cst.CSTNode
) -> Any:
    if isinstance(operator, (cst.MatrixMultiply, cst.MatrixMultiplyAssign)):
        machine.consume(left, "matmul", node)
        machine.consume(right, "matmul", node)
        both = [value for value in (left, right) if isinstance(value, Tensor)]
        return Tensor(marks=combining.traces(*both))
    a, b = as_tensor(left), as_tensor(right)
    if a is not None and b is None:
        out = a.computed()
        return out.marked(Mark.MINUS_ONE) if minus and right == 1 else out
    if b is not None and a is None:
        return b.computed()
    assert a is not None
    assert b is not None
    machine.consume(a, "arithmetic", node)
    machine.consume(b, "arithmetic", node)
    return combining.arithmetic(a, b)


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
