"""Objects of the program's classes: making one, and calling one."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.lint.interp import cells, construction, layers, registering
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.dispatch import apply
from shapeguard.lint.interp.functions import invoke
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import KINDS
from shapeguard.lint.interp.objects import Class, Frame, Function, Instance, Opaque, Origin, Ref


def call_instance(
    machine: Machine, instance: Instance, args: Args, node: cst.CSTNode, frame: Frame
) -> Any:
    """``model(x)``: the class's forward or ``__call__``, or what its torch base does."""
    if instance.cls.name in KINDS:
        machine.named = True
        layers.stepped(machine, instance.cls.name, args, node)
    for name in ("forward", "__call__"):
        member = instance.cls.member(name)
        if isinstance(member, Function):
            made = invoke(machine, member, args.after(instance), node)
            return cells.stepped(instance.cls.name, made, args)
    if instance.rnn is not None:
        return apply(machine, instance.rnn, args, node, frame)
    for arg in args.positional:
        machine.consume(arg.value, "call", node)
    return UNKNOWN


def instantiate(
    machine: Machine, cls: Class, args: Args, node: cst.CSTNode, frame: Frame | None
) -> Any:
    """An object of a class of the program, with its ``__init__`` followed."""
    if cls.dataclass:
        return _record(machine, cls, args, node)
    if cls.foreign.startswith("enum."):
        return UNKNOWN
    instance = Instance(cls, place=machine.place(node))
    if isinstance(node, cst.Call) and frame is not None:
        instance.called = True
    instance.args = args
    if cls.name in KINDS:
        construction.namesake(machine, cls, args, node)
    machine.instances.append(instance)
    init = cls.member("__init__")
    instance.building = True
    if isinstance(init, Function):
        invoke(machine, init, args.after(instance), node)
    elif cls.foreign:
        apply(machine, Ref(f"{cls.foreign}.__init__"), args.after(instance), node, cls.frame)
    instance.building = False
    registering.built(machine, instance)
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
        invoke(machine, post, Args.of(instance), node)
    return instance
