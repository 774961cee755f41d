"""Running statements: blocks, branches, loops, definitions and imports."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.lint.interp import (
    binding,
    carrying,
    comparisons,
    definitions,
    graphs,
    keeping,
    operators,
    packed,
    rebinding,
    scattering,
)
from shapeguard.lint.interp.dispatch import STATEMENTS, Handler, evaluate, run
from shapeguard.lint.interp.guards import guarding
from shapeguard.lint.interp.loops import left_loop, loop, while_loop
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame, Maybe, Opaque
from shapeguard.lint.interp.states import State, merge, restore, snapshot


def line(machine: Machine, node: cst.SimpleStatementLine, frame: Frame) -> Any:
    outer = machine.statement
    for small in node.body:
        handler = SMALL.get(type(small))
        if handler is not None and handler(machine, small, frame) is False:
            return False
        machine.statement = outer
    return True


def expression(machine: Machine, node: cst.Expr, frame: Frame) -> None:
    evaluate(machine, node.value, frame)
    carrying.dropped(machine, node.value, frame)


def assignment(machine: Machine, node: cst.Assign, frame: Frame) -> None:
    value = evaluate(machine, node.value, frame)
    if type(node.value) is cst.IfExp:
        keeping.chosen(machine, node)
    for target in node.targets:
        binding.assign(machine, target.target, value, frame, node.value, node)


def annotated(machine: Machine, node: cst.AnnAssign, frame: Frame) -> None:
    if node.value is not None:
        value = evaluate(machine, node.value, frame)
        binding.assign(machine, node.target, value, frame, node.value, node)


def augmented(machine: Machine, node: cst.AugAssign, frame: Frame) -> None:
    left = unwrap(evaluate(machine, node.target, frame))
    right = unwrap(evaluate(machine, node.value, frame))
    value = operators.combine(machine, node.operator, left, right, node)
    binding.assign(machine, node.target, value, frame, None, node)


def returned(machine: Machine, node: cst.Return, frame: Frame) -> bool:
    value = None if node.value is None else evaluate(machine, node.value, frame)
    active = machine.stack[-1]
    active.returned.append(value)
    if active.root:
        machine.consume(value, "return", node)
    if active.instance is not None and active.instance.scattered is not None:
        scattering.returned(machine, value, node)
    return False


def ended(machine: Machine, node: cst.CSTNode, frame: Frame) -> bool:
    return False


def asserted(machine: Machine, node: cst.Assert, frame: Frame) -> None:
    test = comparisons.truth(machine, evaluate(machine, node.test, frame))
    if test is UNKNOWN:
        refine(machine, node.test, frame, True)


def shared(machine: Machine, node: cst.Global | cst.Nonlocal, frame: Frame) -> None:
    names = tuple(item.name.value for item in node.names)
    frame.vars["global "] = (*frame.vars.get("global ", ()), *names)


def deleted(machine: Machine, node: cst.Del, frame: Frame) -> None:
    if isinstance(node.target, cst.Name):
        frame.vars.pop(node.target.value, None)


def branch(machine: Machine, node: cst.If, frame: Frame) -> bool:
    machine.asked.clear()
    if node.orelse is None:
        keeping.replaced(machine, node)
    test = comparisons.truth(machine, evaluate(machine, node.test, frame))
    asked = tuple(machine.asked)
    if test is True:
        machine.closed += [node.orelse] if node.orelse is not None else []
        told = packed.told(machine, node.test, frame)
        with guarding(machine, node.test, frame, decided=True), told:
            return run(machine, node.body, frame)
    if test is False:
        machine.closed.append(node.body)
        with guarding(machine, node.test, frame, decided=True):
            return _otherwise(machine, node.orelse, frame)
    before = snapshot(machine, frame)
    with guarding(machine, node.test, frame):
        refine(machine, node.test, frame, True)
        with packed.told(machine, node.test, frame):
            first = run(machine, node.body, frame)
        after = snapshot(machine, frame)
        restore(machine, frame, before)
        refine(machine, node.test, frame, False)
        second = _otherwise(machine, node.orelse, frame)
    if first and second:
        merge(machine, frame, after, asked)
    elif first:
        restore(machine, frame, after)
    return first or second


def _otherwise(machine: Machine, node: cst.If | cst.Else | None, frame: Frame) -> bool:
    if node is None:
        return True
    return (
        branch(machine, node, frame) if isinstance(node, cst.If) else run(machine, node.body, frame)
    )


def refine(machine: Machine, test: cst.BaseExpression, frame: Frame, outcome: bool) -> None:
    """Inside a branch, what its condition says is known: whether a name is None."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        refine(machine, test.expression, frame, not outcome)
        return
    if isinstance(test, cst.BooleanOperation):
        if isinstance(test.operator, cst.And) is outcome:
            refine(machine, test.left, frame, outcome)
            refine(machine, test.right, frame, outcome)
        return
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        operator, other = test.comparisons[0].operator, test.comparisons[0].comparator
        if not (isinstance(other, cst.Name) and other.value == "None"):
            return
        if isinstance(operator, (cst.Is, cst.Equal)):
            _refine_none(machine, test.left, frame, outcome)
        elif isinstance(operator, (cst.IsNot, cst.NotEqual)):
            _refine_none(machine, test.left, frame, not outcome)
    elif isinstance(test, (cst.Name, cst.Attribute)) and outcome:
        _refine_none(machine, test, frame, False)


def _refine_none(machine: Machine, node: cst.BaseExpression, frame: Frame, none: bool) -> None:
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return
    value = evaluate(machine, node, frame)
    if isinstance(value, Maybe):
        rebinding.rebind(machine, node, None if none else value.value, frame)
    elif none and isinstance(value, Opaque):
        rebinding.rebind(machine, node, None, frame)


def with_block(machine: Machine, node: cst.With, frame: Frame) -> bool:
    for item in node.items:
        value = evaluate(machine, item.item, frame)
        if item.asname is not None:
            binding.assign(machine, item.asname.name, value, frame, None, node)
    with graphs.without_graph(machine, [item.item for item in node.items]):
        return run(machine, node.body, frame)


def attempt(machine: Machine, node: cst.Try | cst.TryStar, frame: Frame) -> bool:
    before = snapshot(machine, frame)
    reached = run(machine, node.body, frame)
    if reached and node.orelse is not None:
        reached = run(machine, node.orelse.body, frame)
    done = snapshot(machine, frame)
    for handler in node.handlers:
        restore(machine, frame, before)
        merge(machine, frame, done)
        if handler.name is not None:
            binding.assign(machine, handler.name.name, UNKNOWN, frame, None, node)
        if run(machine, handler.body, frame):
            if reached:
                merge(machine, frame, done)
            done, reached = snapshot(machine, frame), True
    restore(machine, frame, done)
    if node.finalbody is not None:
        reached = run(machine, node.finalbody.body, frame) and reached
    return reached


def match(machine: Machine, node: cst.Match, frame: Frame) -> bool:
    subject = evaluate(machine, node.subject, frame)
    before = snapshot(machine, frame)
    ends: list[State] = []
    exhaustive = False
    for case in node.cases:
        verdict = _matches(machine, case, subject, frame)
        if verdict is False:
            continue
        restore(machine, frame, before)
        if run(machine, case.body, frame):
            ends.append(snapshot(machine, frame))
        if verdict is True:
            exhaustive = True
            break
    if not exhaustive:
        ends.append(before)
    if not ends:
        return False
    restore(machine, frame, ends[0])
    for state in ends[1:]:
        merge(machine, frame, state)
    return True


def _matches(machine: Machine, case: cst.MatchCase, subject: Any, frame: Frame) -> Any:
    pattern = case.pattern
    if case.guard is not None:
        return UNKNOWN
    if isinstance(pattern, cst.MatchValue):
        value = evaluate(machine, pattern.value, frame)
        return comparisons.compare(machine, cst.Equal(), subject, value)
    if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
        return True
    return UNKNOWN


SMALL: dict[type[cst.CSTNode], Handler] = {
    cst.Expr: expression,
    cst.Assign: assignment,
    cst.AnnAssign: annotated,
    cst.AugAssign: augmented,
    cst.Return: returned,
    cst.Raise: ended,
    cst.Break: left_loop,
    cst.Continue: left_loop,
    cst.Assert: asserted,
    cst.Global: shared,
    cst.Nonlocal: shared,
    cst.Del: deleted,
    cst.Import: definitions.import_,
    cst.ImportFrom: definitions.import_from,
}


def register() -> None:
    """Make the statements known."""
    STATEMENTS.update(_HANDLERS)


_HANDLERS: dict[type[cst.CSTNode], Handler] = {
    cst.SimpleStatementLine: line,
    cst.If: branch,
    cst.For: loop,
    cst.While: while_loop,
    cst.With: with_block,
    cst.Try: attempt,
    cst.TryStar: attempt,
    cst.Match: match,
    cst.FunctionDef: definitions.function,
    cst.ClassDef: definitions.class_,
    **SMALL,
}
