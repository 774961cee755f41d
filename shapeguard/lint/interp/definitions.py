"""Statements that define names: imports, functions and classes."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN
from shapeguard.contract import Kind
from shapeguard.lint.interp import modules
from shapeguard.lint.interp.dispatch import STATEMENTS, evaluate
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import TRANSPARENT_DECORATORS
from shapeguard.lint.interp.objects import Class, Frame, Function, Origin, Ref

EXPORTED = frozenset(
    {kind.value for kind in Kind}
    | {
        "Module",
        "Linear",
        "Embedding",
        "Dropout",
        "Sequential",
        "ModuleList",
        "ModuleDict",
        "Parameter",
        "ReLU",
        "Tanh",
        "LayerNorm",
        "BatchNorm1d",
        "CrossEntropyLoss",
        "NLLLoss",
        "MSELoss",
        "Softmax",
        "LogSoftmax",
    }
)
"""What ``from torch.nn import *`` is taken to bring."""


def import_(machine: Machine, node: cst.Import, frame: Frame) -> None:
    for alias in node.names:
        path = alias.evaluated_name
        bound = alias.evaluated_alias
        modules.imported(machine, frame, path)
        if bound is None:
            bound = path = path.partition(".")[0]
        frame.vars[bound] = modules.named(frame, path)


def import_from(machine: Machine, node: cst.ImportFrom, frame: Frame) -> None:
    path = "." * len(node.relative)
    if node.module is not None:
        path += _dotted(node.module)
    if isinstance(node.names, cst.ImportStar):
        if path == "torch.nn":
            frame.vars["*"] = EXPORTED
        module = modules.imported(machine, frame, path)
        if module is not None:
            public = {k: v for k, v in module.frame.vars.items() if not k.startswith("_")}
            frame.vars.update({k: v for k, v in public.items() if k != "*"})
        return
    for alias in node.names:
        name = alias.evaluated_name
        bound = alias.evaluated_alias or name
        frame.vars[bound] = modules.taken(machine, frame, path, name)
        origin = modules.origin(frame, path, name)
        if origin is not None:
            frame.origins[bound] = origin


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else "?"


KINDS = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "cached_property": "property",
}


def _decorators(node: cst.FunctionDef | cst.ClassDef) -> list[str]:
    out = []
    for decorator in node.decorators:
        target = decorator.decorator
        if isinstance(target, cst.Call):
            target = target.func
        out.append(_dotted(target).rpartition(".")[2])
    return out


def function(machine: Machine, node: cst.FunctionDef, frame: Frame) -> None:
    made = make_function(machine, node, frame, None)
    frame.vars[node.name.value] = made
    if machine.root:
        machine.functions.append(made)


def make_function(
    machine: Machine, node: cst.FunctionDef, frame: Frame, owner: Class | None
) -> Function:
    """A function or method as an object."""
    names = _decorators(node)
    kind = next((KINDS[name] for name in names if name in KINDS), "plain")
    strange = any(name not in TRANSPARENT_DECORATORS for name in names)
    return Function(node.name.value, node, frame, owner, kind, strange, machine.unit)


def class_(machine: Machine, node: cst.ClassDef, frame: Frame) -> None:
    """A class: its body is run in a scope of its own, methods see the scope around it."""
    bases = tuple(_base(evaluate(machine, base.value, frame)) for base in node.bases)
    cls = Class(node.name.value, node, frame, bases, unit=machine.unit)
    named = any(isinstance(base, Ref) and base.dotted.endswith("NamedTuple") for base in bases)
    cls.dataclass = named or any(
        name in ("dataclass", "define", "attrs", "frozen") for name in _decorators(node)
    )
    inner = Frame(frame)
    for statement in node.body.body:
        if isinstance(statement, cst.FunctionDef):
            name = statement.name.value
            if any(d in ("setter", "overload") for d in _decorators(statement)):
                continue
            cls.members[name] = inner.vars[name] = make_function(machine, statement, frame, cls)
            continue
        _declare_fields(statement, inner)
        handler = STATEMENTS.get(type(statement))
        if handler is not None:
            machine.step(statement)
            handler(machine, statement, inner)
        for name, value in inner.vars.items():
            if name not in cls.members and name != "*":
                cls.members[name] = value
        cls.members.update({k: v for k, v in inner.vars.items() if not isinstance(v, Function)})
    cls.origins = {
        name: Origin(origin.node, origin.frame, origin.unit, "default")
        for name, origin in inner.origins.items()
    }
    frame.vars[cls.name] = cls
    if machine.root:
        machine.classes.append(cls)


def _base(value: Any) -> Any:
    return value if isinstance(value, (Class, Ref)) else UNKNOWN


def _declare_fields(statement: cst.CSTNode, inner: Frame) -> None:
    """``name: type`` without a value: a field that must be passed."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return
    for small in statement.body:
        if not isinstance(small, cst.AnnAssign) or small.value is not None:
            continue
        if isinstance(small.target, cst.Name):
            inner.vars.setdefault(small.target.value, UNKNOWN)
