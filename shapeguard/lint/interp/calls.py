"""Calls: of the program's functions and classes, of layers, and of names from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Rnn, Tensor, Tuple
from shapeguard.lint.interp import attributes
from shapeguard.lint.interp.machine import MAX_DEPTH, Activation, Machine, opaque_part, unwrap
from shapeguard.lint.interp.objects import (
    Bound,
    Class,
    Each,
    Frame,
    Function,
    Instance,
    Layer,
    Mapping,
    Method,
    Opaque,
    Origin,
    Ref,
    join,
)


@dataclass
class Arg:
    """One argument: its value, and the node and scope that it was written in."""

    value: Any
    node: cst.BaseExpression | None = None
    frame: Frame | None = None
    whole: cst.Arg | None = None
    unit: int = 0


@dataclass
class Args:
    """The arguments of a call; ``open`` means that more may be passed than is known.

    ``loose`` means that nobody in view calls, so that a flag's or an option's default is only one
    of its values.
    """

    positional: list[Arg] = field(default_factory=list)
    keywords: dict[str, Arg] = field(default_factory=dict)
    open: bool = False
    loose: bool = False

    @classmethod
    def of(cls, *values: Any, loose: bool = False) -> Args:
        """Positional arguments by value, for calls that the interpreter makes itself."""
        return cls([Arg(value) for value in values], loose=loose)

    def get(self, position: int, *names: str) -> Any:
        """The value of a parameter by position or name; the Ellipsis where it is not passed."""
        arg = self.arg(position, *names)
        return ... if arg is None else unwrap(arg.value)

    def arg(self, position: int, *names: str) -> Arg | None:
        """The same with its node."""
        if 0 <= position < len(self.positional):
            return self.positional[position]
        return next((self.keywords[name] for name in names if name in self.keywords), None)

    def after(self, first: Any) -> Args:
        """The same arguments behind one more."""
        return Args([Arg(first), *self.positional], self.keywords, self.open, self.loose)

    def rest(self) -> Args:
        """The same arguments without the first."""
        return Args(self.positional[1:], self.keywords, self.open)


def arguments(machine: Machine, node: cst.Call, frame: Frame) -> Args:
    """The evaluated arguments of a call, stars opened where their contents are known."""
    from shapeguard.lint.interp.expressions import evaluate

    out, unit = Args(), machine.unit
    for arg in node.args:
        value = evaluate(machine, arg.value, frame)
        if arg.keyword is not None:
            out.keywords[arg.keyword.value] = Arg(value, arg.value, frame, arg, unit)
        elif arg.star == "*":
            value = unwrap(value)
            if isinstance(value, Tuple):
                out.positional += [Arg(item, arg.value, frame, None, unit) for item in value.items]
            else:
                out.open = True
        elif arg.star == "**":
            value = unwrap(value)
            if isinstance(value, Mapping):
                for key, item in value.items:
                    if isinstance(key, str):
                        out.keywords[key] = Arg(item, arg.value, frame, None, unit)
            if not isinstance(value, Mapping) or not value.complete:
                out.open = True
        else:
            out.positional.append(Arg(value, arg.value, frame, arg, unit))
    return out


def call(machine: Machine, node: cst.Call, frame: Frame) -> Any:
    """The value of a call expression."""
    from shapeguard.lint.interp.expressions import evaluate

    func = node.func
    if isinstance(func, cst.Name) and func.value == "super" and frame.lookup("super")[1] is None:
        return _super(machine, node, frame)
    value = unwrap(evaluate(machine, func, frame))
    return apply(machine, value, arguments(machine, node, frame), node, frame)


def _super(machine: Machine, node: cst.Call, frame: Frame) -> Any:
    active = machine.stack[-1]
    if active.instance is None or active.function is None or active.function.owner is None:
        return UNKNOWN
    return attributes.Super(active.function.owner, active.instance)


def apply(machine: Machine, func: Any, args: Args, node: cst.CSTNode, frame: Frame) -> Any:
    """The value of calling ``func``, whatever it is."""
    from shapeguard.lint.interp import layers, library, methods

    if isinstance(func, Bound):
        if isinstance(func.function, Ref):
            return library.call_ref(machine, func.function, args.after(func.instance), node, frame)
        return invoke(machine, func.function, args.after(func.instance), node, func.instance)
    if isinstance(func, Function):
        return invoke(machine, func, args, node, None)
    if isinstance(func, Class):
        return instantiate(machine, func, args, node, frame)
    if isinstance(func, Instance):
        return call_instance(machine, func, args, node, frame)
    if isinstance(func, (Rnn, Layer)):
        return layers.apply(machine, func, args, node, frame)
    if isinstance(func, Method):
        return methods.call(machine, func, args, node, frame)
    if isinstance(func, Ref):
        return library.call_ref(machine, func, args, node, frame)
    for arg in [*args.positional, *args.keywords.values()]:
        machine.consume(arg.value, "call", node)
    if isinstance(func, Opaque) and func.name.endswith(".parse_args"):
        return opaque_part(func, "()")
    return UNKNOWN


def call_instance(
    machine: Machine, instance: Instance, args: Args, node: cst.CSTNode, frame: Frame
) -> Any:
    """``model(x)``: the class's forward or ``__call__``, or what its torch base does."""
    from shapeguard.lint.interp import layers

    for name in ("forward", "__call__"):
        member = instance.cls.member(name)
        if isinstance(member, Function):
            return invoke(machine, member, args.after(instance), node, instance)
    if instance.rnn is not None:
        return layers.apply(machine, instance.rnn, args, node, frame)
    for arg in args.positional:
        machine.consume(arg.value, "call", node)
    return UNKNOWN


def invoke(
    machine: Machine, function: Function, args: Args, node: cst.CSTNode, instance: Any
) -> Any:
    """Follow a call of a function of the program and give what it returns."""
    from shapeguard.lint.interp import statements
    from shapeguard.lint.interp.expressions import evaluate

    running = sum(1 for active in machine.stack if active.function is function)
    if len(machine.stack) > MAX_DEPTH or running > 0:
        return UNKNOWN
    frame = Frame(function.frame)
    owner = instance if isinstance(instance, Instance) else None
    if owner is None and function.owner is None:
        owner = machine.instance if isinstance(function.node, cst.Lambda) else None
    saved = machine.unit, machine.statement
    machine.unit = function.unit
    machine.entered.add((id(owner), id(function.node)))
    active = Activation(function, instance=owner, root=len(machine.stack) == 1)
    machine.stack.append(active)
    try:
        bind_parameters(machine, function, args, frame)
        if isinstance(function.node, cst.Lambda):
            return evaluate(machine, function.node.body, frame)
        machine.escapes.append([])
        statements.run(machine, function.node.body, frame)
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
    return result


def bind_parameters(machine: Machine, function: Function, args: Args, frame: Frame) -> None:
    """Bind a function's parameters; what nobody passes is its default, else opaque."""
    from shapeguard.lint.interp.expressions import evaluate

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
    if isinstance(params.star_arg, cst.Param):
        extra = tuple(arg.value for arg in args.positional[len(positional) :])
        frame.vars[params.star_arg.name.value] = Each(UNKNOWN) if args.open else Tuple(extra)
    if params.star_kwarg is not None:
        left = tuple((k, a.value) for k, a in args.keywords.items() if k not in used)
        frame.vars[params.star_kwarg.name.value] = Mapping(left, not args.open)


def instantiate(
    machine: Machine, cls: Class, args: Args, node: cst.CSTNode, frame: Frame | None
) -> Any:
    """An object of a class of the program, with its ``__init__`` followed."""
    from shapeguard.lint.interp import library

    if cls.dataclass:
        return _record(machine, cls, args, node)
    if library.enumeration(cls):
        return UNKNOWN
    instance = Instance(cls, place=machine.place(node))
    if isinstance(node, cst.Call) and frame is not None:
        instance.called = True
    instance.args = args
    machine.instances.append(instance)
    init = cls.member("__init__")
    instance.building = True
    if isinstance(init, Function):
        invoke(machine, init, args.after(instance), node, instance)
    elif cls.foreign:
        library.call_ref(machine, Ref(f"{cls.foreign}.__init__"), args.after(instance), node, frame)
    instance.building = False
    return instance


def _record(machine: Machine, cls: Class, args: Args, node: cst.CSTNode) -> Instance:
    """An object of a dataclass or NamedTuple: fields in order, defaults from the class."""
    instance = Instance(cls, place=machine.place(node))
    fields = [
        name
        for base in reversed(cls.ancestry())
        if isinstance(base, Class)
        for name, member in base.members.items()
        if not isinstance(member, (Function, Class))
    ]
    for i, name in enumerate(dict.fromkeys(fields)):
        arg = args.arg(i, name)
        if arg is not None:
            instance.attrs[name] = arg.value
            if arg.node is not None and arg.frame is not None:
                instance.origins[name] = Origin(arg.node, arg.frame, arg.unit)
        else:
            value = cls.member(name)
            missing = value is UNKNOWN or args.open
            instance.attrs[name] = Opaque(f"{name}@{cls.name}") if missing else value
            origin = next(
                (
                    c.origins[name]
                    for c in cls.ancestry()
                    if isinstance(c, Class) and name in c.origins
                ),
                None,
            )
            if origin is not None:
                instance.origins[name] = origin
        instance.attrs[name] = machine.settle(instance.attrs[name])
    post = cls.member("__post_init__")
    if isinstance(post, Function):
        invoke(machine, post, Args.of(instance), node, instance)
    return instance


def as_tensors(args: Args) -> list[Tensor]:
    """The tensors among the arguments."""
    values = [unwrap(arg.value) for arg in [*args.positional, *args.keywords.values()]]
    return [value for value in values if isinstance(value, Tensor)]
