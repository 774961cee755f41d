"""Truth and comparisons: True, False or UNKNOWN."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import UNKNOWN, Expr, differ, same
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import placing
from shapeguard.lint.interp.containers import Mapping
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Machine, absent
from shapeguard.lint.interp.objects import Class, Frame, Function, Instance, Layer, Opaque, Ref
from shapeguard.lint.interp.values import as_size, known


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


def comparison(machine: Machine, node: cst.Comparison, frame: Frame) -> Any:
    left = evaluate(machine, node.left, frame)
    result: Any = True
    for target in node.comparisons:
        right = evaluate(machine, target.comparator, frame)
        outcome = compare(machine, target.operator, left, right)
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            placing.apart(machine, left, right, "compared with", node)
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
            if opaque.other:
                return False
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
        return False if left.other else UNKNOWN
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
