"""Attributes that a class sets outside ``__init__``: the method that sets one is run for it."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.functions import invoke
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Class, Function, Instance


def _assigned(body: cst.CSTNode, owner: str) -> set[str]:
    """The names assigned on ``self`` in a function. Only statements are looked at: a visitor
    would walk every expression, which takes longer than following them."""
    names: set[str] = set()
    stack: list[Any] = [body]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in (list, tuple):
            stack += node
        elif kind is cst.Assign:
            stack += [target.target for target in node.targets]
        elif kind is cst.AnnAssign:
            stack.append(node.target)
        elif kind is cst.Attribute:
            value = node.value
            if type(value) is cst.Name and value.value == owner:
                names.add(node.attr.value)
        elif kind in (cst.Tuple, cst.List):
            stack += [element.value for element in node.elements]
        else:
            stack += [part for name in _PARTS if (part := getattr(node, name, None)) is not None]
    return names


_PARTS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Where statements hold others."""


def setters(cls: Class) -> dict[str, list[Function]]:
    """The methods, other than ``__init__``, that assign each attribute of ``self``."""
    if cls.setters is not None:
        return cls.setters
    found: dict[str, list[Function]] = {}
    for base in cls.ancestry():
        if not isinstance(base, Class):
            continue
        for name, member in base.members.items():
            if not isinstance(member, Function) or name == "__init__":
                continue
            if not isinstance(member.node, cst.FunctionDef) or not member.node.params.params:
                continue
            for attr in _assigned(member.node.body, member.node.params.params[0].name.value):
                found.setdefault(attr, []).append(member)
    cls.setters = found
    return found


def provide(machine: Machine, instance: Instance, name: str) -> bool:
    """Run a method that sets the attribute, once; whether the object has it then."""
    for function in setters(instance.cls).get(name, ()):
        mark = (id(instance), id(function))
        running = any(active.function is function for active in machine.stack)
        if mark in machine.late or running or function.name == "forward":
            continue
        machine.late.add(mark)
        invoke(machine, function, Args.of(instance), function.node)
        if name in instance.attrs:
            return True
    return False
