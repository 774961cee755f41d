"""Operators, comparisons and truth; what iterating over a value gives."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes import combining
from shapeguard.axes.facts import TupleMisused
from shapeguard.axes.size import UNKNOWN, Expr, add, differ, divide, mul, same
from shapeguard.axes.value import Axis, Mark, Packed, Rnn, Role, Tensor, Tuple
from shapeguard.lint.interp.machine import Machine, absent, unwrap
from shapeguard.lint.interp.objects import (
    Class,
    Each,
    Frame,
    Function,
    Instance,
    Layer,
    Mapping,
    Maybe,
    Opaque,
    Parts,
    Ref,
    ShapeOf,
    as_size,
    as_tensor,
    join,
    known,
)


def _evaluate(machine: Machine, node: cst.BaseExpression, frame: Frame) -> Any:
    from shapeguard.lint.interp.expressions import evaluate

    return evaluate(machine, node, frame)


def number(value: Any) -> Any:
    """The value as an index: None, a whole number, a size expression or UNKNOWN."""
    if value is None or type(value) is int:
        return value
    return as_size(value)


def binary(machine: Machine, node: cst.BinaryOperation, frame: Frame) -> Any:
    left = unwrap(_evaluate(machine, node.left, frame))
    right = unwrap(_evaluate(machine, node.right, frame))
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
        return Tensor()
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
    value = unwrap(_evaluate(machine, node.expression, frame))
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


def truth(machine: Machine, value: Any) -> Any:
    """Whether a value is true: True, False or UNKNOWN; that it was asked is remembered."""
    if known(value):
        return bool(value)
    if isinstance(value, Opaque):
        machine.split(value, True, False)
        return UNKNOWN
    if isinstance(value, Tuple):
        return bool(value.items)
    if isinstance(value, Mapping):
        return True if value.items else UNKNOWN
    if isinstance(value, (Function, Class, Rnn, Layer, Instance)):
        return True
    return UNKNOWN


def boolean(machine: Machine, node: cst.BooleanOperation, frame: Frame) -> Any:
    left = _evaluate(machine, node.left, frame)
    test = truth(machine, left)
    stop = isinstance(node.operator, cst.Or)
    if test is stop:
        return left
    right = _evaluate(machine, node.right, frame)
    if test is (not stop):
        return right
    if truth(machine, right) is stop and isinstance(right, bool):
        return UNKNOWN if left is UNKNOWN else join(left, right)
    if isinstance(left, Maybe) and stop:
        return join(left.value, right)
    return join(left, right)


def comparison(machine: Machine, node: cst.Comparison, frame: Frame) -> Any:
    left = _evaluate(machine, node.left, frame)
    result: Any = True
    for target in node.comparisons:
        right = _evaluate(machine, target.comparator, frame)
        outcome = compare(machine, target.operator, left, right)
        if outcome is False:
            return False
        if outcome is not True:
            result = UNKNOWN
        left = right
    return result


def compare(machine: Machine, operator: cst.BaseCompOp, left: Any, right: Any) -> Any:
    """True, False or UNKNOWN."""
    if isinstance(operator, (cst.Is, cst.IsNot)):
        outcome = _identical(left, right)
        negate = isinstance(operator, cst.IsNot)
    elif isinstance(operator, (cst.Equal, cst.NotEqual)):
        outcome = _equal(machine, left, right)
        negate = isinstance(operator, cst.NotEqual)
    elif isinstance(operator, (cst.In, cst.NotIn)):
        outcome = _contains(machine, left, right)
        negate = isinstance(operator, cst.NotIn)
    else:
        return _order(operator, left, right)
    return outcome if outcome is UNKNOWN else outcome is not negate


def _identical(left: Any, right: Any) -> Any:
    if right is None:
        return absent(left)
    if left is None:
        return absent(right)
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    if isinstance(left, (Ref, Class)) and isinstance(right, (Ref, Class)):
        return left == right
    return UNKNOWN


def _equal(machine: Machine, left: Any, right: Any) -> Any:
    if known(left) and known(right):
        return left == right
    for opaque, other in ((left, right), (right, left)):
        if isinstance(opaque, Opaque) and isinstance(other, (str, bool)):
            machine.split(opaque, other)
            return UNKNOWN
    if isinstance(left, (Ref, Class)) and isinstance(right, (Ref, Class)):
        return left == right
    a, b = as_size(left), as_size(right)
    if isinstance(left, (int, Expr)) and isinstance(right, (int, Expr)):
        if same(a, b):
            return True
        return False if differ(a, b) else UNKNOWN
    return UNKNOWN


def _contains(machine: Machine, left: Any, right: Any) -> Any:
    if isinstance(right, str) and isinstance(left, str):
        return left in right
    options = None
    if isinstance(right, Tuple) and all(known(item) for item in right.items):
        options = list(right.items)
    elif isinstance(right, Mapping) and right.complete:
        options = [key for key, _ in right.items]
    if options is None:
        return UNKNOWN
    if isinstance(left, Opaque):
        machine.split(left, *options)
        return UNKNOWN
    return left in options if known(left) else UNKNOWN


def _order(operator: cst.BaseCompOp, left: Any, right: Any) -> Any:
    if not all(isinstance(value, (int, float)) for value in (left, right)):
        return UNKNOWN
    if isinstance(operator, cst.LessThan):
        return left < right
    if isinstance(operator, cst.LessThanEqual):
        return left <= right
    if isinstance(operator, cst.GreaterThan):
        return left > right
    if isinstance(operator, cst.GreaterThanEqual):
        return left >= right
    return UNKNOWN


def items_of(machine: Machine, over: Any) -> tuple[Any, ...] | None:
    """The items that iterating gives, where all of them are known."""
    if isinstance(over, Tuple):
        return over.items
    if isinstance(over, Layer) and over.kind in ("ModuleList", "Sequential"):
        return over.items
    if isinstance(over, Mapping) and over.complete:
        return tuple(key for key, _ in over.items)
    if isinstance(over, str):
        return tuple(over)
    return None


def sample(machine: Machine, over: Any) -> Any:
    """What one item of an iterable looks like."""
    items = items_of(machine, over)
    if items:
        merged = items[0]
        for item in items[1:]:
            merged = join(merged, item)
        return merged
    if isinstance(over, Each):
        return over.item
    if isinstance(over, Parts):
        axes = over.tensor.axes or ()
        rest = axes[: over.dim] + axes[over.dim + 1 :]
        return Tensor(rest, source=combining.inexact(over.tensor.source))
    if isinstance(over, Tensor) and over.axes:
        source = over.source
        return Tensor(over.axes[1:], source=None if source is None else combining.inexact(source))
    return UNKNOWN


def shape_of(tensor: Tensor) -> Any:
    """``x.shape``."""
    if tensor.axes is None:
        return ShapeOf(tensor)
    return Tuple(tuple(axis.size for axis in tensor.axes))


def plain(packed: Packed) -> Tensor:
    """The ``data`` of a packed sequence: all valid steps, one after another."""
    axes = packed.tensor.axes
    last = (axes[-1],) if axes else (Axis(),)
    return Tensor((Axis(Role.UNKNOWN), *last), source=combining.inexact(packed.tensor.source))
