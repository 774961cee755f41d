"""Attributes that a class sets outside ``__init__``: the method that sets one is run for it."""

from __future__ import annotations

import libcst as cst

from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.functions import invoke
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.objects import Class, Function, Instance


class _Setters(cst.CSTVisitor):
    """Collects the names assigned on ``self`` in one function."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.names: set[str] = set()

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._collect(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._collect(node.target)

    def _collect(self, target: cst.CSTNode) -> None:
        if isinstance(target, cst.Attribute):
            if isinstance(target.value, cst.Name) and target.value.value == self.owner:
                self.names.add(target.attr.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._collect(element.value)


def setters(cls: Class) -> dict[str, list[Function]]:
    """The methods, other than ``__init__``, that assign each attribute of ``self``."""
    cached = cls.__dict__.get("_setters")
    if cached is not None:
        return cached  # type: ignore[no-any-return]
    found: dict[str, list[Function]] = {}
    for base in cls.ancestry():
        if not isinstance(base, Class):
            continue
        for name, member in base.members.items():
            if not isinstance(member, Function) or name == "__init__":
                continue
            if not isinstance(member.node, cst.FunctionDef) or not member.node.params.params:
                continue
            visitor = _Setters(member.node.params.params[0].name.value)
            member.node.body.visit(visitor)
            for attr in visitor.names:
                found.setdefault(attr, []).append(member)
    cls.__dict__["_setters"] = found
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
