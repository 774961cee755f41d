"""Evaluating expressions: one function for each kind of node."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.facts import TupleMisused
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import (
    attributes,
    binding,
    calls,
    comparisons,
    operators,
    packed,
    placing,
)
from shapeguard.lint.interp.comprehensions import comprehension, dict_comprehension
from shapeguard.lint.interp.containers import Each
from shapeguard.lint.interp.dispatch import EXPRESSIONS, Handler, evaluate
from shapeguard.lint.interp.guards import guarding
from shapeguard.lint.interp.literals import (
    elements,
    floating,
    formatted,
    integer,
    joined,
    mapping,
    string,
)
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import TENSOR_METHODS
from shapeguard.lint.interp.objects import Frame, Function, Ref
from shapeguard.lint.interp.subscripts import subscript

CONVENTIONS = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"}
"""Names that snippets use without importing them."""


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
    if text in CONVENTIONS and not imports_torch(frame):
        return Ref(CONVENTIONS[text])
    return Ref(f"builtins.{text}")


def imports_torch(frame: Frame) -> bool:
    """Whether the program imports anything of torch: then a name that it lacks is an error."""
    while frame.parent is not None:
        frame = frame.parent
    return any(isinstance(v, Ref) and v.dotted.startswith("torch") for v in frame.vars.values())


_CONSTANTS = {"True": True, "False": False, "None": None}


def choice(machine: Machine, node: cst.IfExp, frame: Frame) -> Any:
    machine.asked.clear()
    test = comparisons.truth(machine, evaluate(machine, node.test, frame))
    if test is not UNKNOWN:
        with guarding(machine, node.test, frame, decided=True):
            return evaluate(machine, node.body if test else node.orelse, frame)
    asked = tuple(machine.asked)
    with guarding(machine, node.test, frame):
        body, orelse = evaluate(machine, node.body, frame), evaluate(machine, node.orelse, frame)
    return machine.joined(body, orelse, asked)


def walrus(machine: Machine, node: cst.NamedExpr, frame: Frame) -> Any:
    value = evaluate(machine, node.value, frame)
    binding.assign(machine, node.target, value, frame, node.value, node)
    return value


def function(machine: Machine, node: cst.Lambda, frame: Frame) -> Function:
    return Function("<lambda>", node, frame, unit=machine.unit)


def attribute(machine: Machine, node: cst.Attribute, frame: Frame) -> Any:
    base = unwrap(evaluate(machine, node.value, frame))
    name = node.attr.value
    if base is UNKNOWN and name in TENSOR_METHODS:
        placed = placing.compared(machine, node.value, frame)
        base = UNKNOWN if placed is None else Tensor(marks=frozenset({Mark.MASK, placed}))
    if isinstance(base, Tuple) and base.source is not None and name not in _TUPLE_NAMES:
        how = f"used as a tensor by .{name}"
        machine.note(TupleMisused(machine.place(node), base, how, machine.place(node.value)))
        return UNKNOWN
    if isinstance(base, Packed):
        packed.read(machine, base, name, node, node.value)
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


def register() -> None:
    """Make the expressions known."""
    EXPRESSIONS.update(_HANDLERS)


_HANDLERS: dict[type[cst.CSTNode], Handler] = {
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
    cst.Comparison: comparisons.comparison,
    cst.Ellipsis: lambda machine, node, frame: Ellipsis,
}
