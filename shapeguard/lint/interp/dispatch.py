"""From a node to the function that gives it meaning.

The functions register themselves here, so that each of them can evaluate and run what is nested
in its node without importing the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import libcst as cst

from shapeguard.axes.combining import lasting
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp import registering
from shapeguard.lint.interp.containers import Each
from shapeguard.lint.interp.machine import Machine, opaque_part
from shapeguard.lint.interp.objects import Frame, Opaque

if TYPE_CHECKING:
    from shapeguard.lint.interp.arguments import Args

Handler = Callable[[Machine, Any, Frame], Any]

EXPRESSIONS: dict[type[cst.CSTNode], Handler] = {}
"""The value of an expression, by the type of its node."""

STATEMENTS: dict[type[cst.CSTNode], Handler] = {}
"""The effect of a statement; False if control does not go on behind it."""


CALLABLES: dict[type, Callable[..., Any]] = {}
"""The result of a call, by the type of what is called."""


def apply(machine: Machine, func: Any, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """The value of calling ``func``; arguments of what is not followed count as read."""
    handler = CALLABLES.get(type(func))
    if handler is not None:
        return handler(machine, func, args, node, frame)
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, "call", node)
        registering.register(machine, arg.value)
    if isinstance(func, Opaque) and func.name.endswith(COLUMN_METHODS):
        return _column(machine, args, node, frame)
    if isinstance(func, Opaque) and func.name.endswith(".parse_args"):
        return opaque_part(func, "()")
    return influenced(args)


COLUMN_METHODS = (".apply", ".map", ".progress_apply", ".parallel_apply")


def _column(machine: Machine, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """``column.apply(function)``: a column of what the function makes of each item."""
    function = args.get(0, "func", "function", "arg")
    if type(function) not in CALLABLES or not hasattr(function, "node"):
        return UNKNOWN
    given = type(args)([type(arg)(machine.fresh("item")) for arg in args.positional[:1]])
    result = apply(machine, function, given, node, frame)
    padded = isinstance(result, Tensor) and result.padding is not None
    return Each(result) if padded else UNKNOWN


def influenced(args: Args) -> Any:
    """What an unknown function makes of its arguments: unknown, but for what marks them."""
    marks = lasting(*args.tensors()) - {Mark.RECURRENT, Mark.CUT}
    return Tensor(marks=marks) if marks else UNKNOWN


def evaluate(machine: Machine, node: cst.BaseExpression, frame: Frame) -> Any:
    """The value of an expression; UNKNOWN for what is not followed."""
    handler = EXPRESSIONS.get(type(node))
    return handler(machine, node, frame) if handler is not None else UNKNOWN


def run(machine: Machine, body: cst.BaseSuite | cst.Module, frame: Frame) -> bool:
    """Run a block; False if control never reaches its end."""
    if type(body) is cst.Module:
        machine.tree = body
    return sequence(machine, body.body, frame)


def sequence(machine: Machine, body: Iterable[cst.CSTNode], frame: Frame) -> bool:
    """Run statements in order; False if control never reaches the end."""
    for statement in body:
        handler = STATEMENTS.get(type(statement))
        if handler is None:
            continue
        machine.step(statement)
        if handler(machine, statement, frame) is False:
            return False
    return True
