"""Functions of the program: binding their parameters and following their bodies."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.making import Within
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import graphs, keeping
from shapeguard.lint.interp.arguments import Arg, Args
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.dispatch import evaluate, run
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import MAX_DEPTH, Activation, Machine
from shapeguard.lint.interp.objects import Frame, Function, Instance, Opaque, Origin


def invoke(machine: Machine, function: Function, args: Args, node: cst.CSTNode) -> Any:
    """Follow a call of a function of the program and give what it returns.

    A method finds its object in the first argument.
    """

    running = sum(1 for active in machine.stack if active.function is function)
    if len(machine.stack) > MAX_DEPTH or running > _again(args):
        return UNKNOWN
    frame = Frame(function.frame)
    first = args.positional[0].value if args.positional and function.owner else None
    owner = first if isinstance(first, Instance) else None
    here = machine.place(node)
    if owner is None and function.owner is None:
        owner = machine.instance if isinstance(function.node, cst.Lambda) else None
    saved = machine.unit, machine.statement
    machine.unit = function.unit
    machine.entered.add((id(owner), id(function.node)))
    active = Activation(
        function, instance=owner, root=len(machine.stack) == 1, frame=frame, place=here
    )
    if owner is not None and function.name != "__init__" and owner.cls.is_module:
        machine.serial += 1
        active.within = Within(machine.serial, f"{owner.cls.name}.{function.name}")
    machine.stack.append(active)
    keeping.entered(machine, active, function)
    try:
        bind_parameters(machine, function, args, frame, seen=isinstance(node, cst.Call))
        if isinstance(function.node, cst.Lambda):
            return evaluate(machine, function.node.body, frame)
        machine.escapes.append([])
        decorators = [one.decorator for one in function.node.decorators]
        with graphs.without_graph(machine, decorators):
            run(machine, function.node.body, frame)
    finally:
        if not isinstance(function.node, cst.Lambda) and machine.escapes:
            machine.escapes.pop()
        machine.stack.pop()
        machine.unit, machine.statement = saved
    if function.decorated:
        return UNKNOWN  # what a decorator of unknown meaning gives back is its affair
    if not active.returned:
        return None
    result = active.returned[0]
    for other in active.returned[1:]:
        result = join(result, other)
    keeping.served(machine, active, function, result)
    return result


def _again(args: Args) -> int:
    """How often a function may be at work already: once, where it calls itself for one tensor of a
    tuple, as helpers that detach a state do."""
    values = [arg.value for arg in args.positional]
    return int(len(values) == 1 and isinstance(values[0], Tensor))


def bind_parameters(
    machine: Machine, function: Function, args: Args, frame: Frame, seen: bool = True
) -> None:
    """Bind a function's parameters; what nobody passes is its default, else opaque.

    Without a call in view anything may be among ``*args`` and ``**kwargs``.
    """

    params = function.node.params
    scope = f"{function.owner.name}.{function.name}" if function.owner else function.name
    used: set[str] = set()

    def bind(param: cst.Param, arg: Arg | None) -> None:
        name = param.name.value
        used.add(name)
        if arg is not None:
            value = arg.value
            if arg.node is not None and arg.frame is not None:
                frame.origins[name] = Origin(arg.node, arg.frame, arg.unit)
        elif param.default is not None and not args.open:
            value = evaluate(machine, param.default, function.frame)
            frame.origins[name] = Origin(param.default, function.frame, function.unit, "default")
            if value is None or isinstance(value, (bool, str)):
                machine.defaults = True
                value = UNKNOWN if args.loose else value
        else:
            value = UNKNOWN
        if value is UNKNOWN:
            value = Opaque(f"{name}@{scope}") if arg is None else machine.fresh(name)
        frame.vars[name] = machine.settle(value)

    positional = list(params.posonly_params) + list(params.params)
    for i, param in enumerate(positional):
        name = param.name.value
        arg = args.positional[i] if i < len(args.positional) else args.keywords.get(name)
        bind(param, arg)
    for param in params.kwonly_params:
        bind(param, args.keywords.get(param.name.value))
    closed = seen and not args.open
    if isinstance(params.star_arg, cst.Param):
        extra = tuple(arg.value for arg in args.positional[len(positional) :])
        frame.vars[params.star_arg.name.value] = Tuple(extra) if closed else Each(UNKNOWN)
    if params.star_kwarg is not None:
        left = tuple((k, a.value) for k, a in args.keywords.items() if k not in used)
        frame.vars[params.star_kwarg.name.value] = Mapping(left, closed)
