"""What becomes of states by name: kept under names that nobody reads, parameters never read."""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from shapeguard.axes.keeping import ParameterIgnored, StateKept, StateServed, StateSupplanted
from shapeguard.axes.layer import Rnn
from shapeguard.axes.states import tensors
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.abandoning import abandoned
from shapeguard.lint.interp.machine import Activation, Machine
from shapeguard.lint.interp.making import layers_in
from shapeguard.lint.interp.objects import Function, Instance
from shapeguard.lint.interp.trees import reads, walk
from shapeguard.lint.place import NodePlace

STATE = re.compile(
    r"_?((init|initial|prev|rnn|enc|dec|encoder|decoder|hidden|cell|last|previous)_)*"
    r"(hx?s?|cx?s?|h_?\d?|c_?\d?|h_?t|c_?t|hc|hidden(_?states?|_?\d)?|cells?|states?)"
)
"""Names that people give to states."""

MAKER = re.compile(
    r"_?((get|init|initial|initiali[sz]e|make|create|begin|zero|new|reset|build|start)_?"
    r"((rnn|lstm|gru|zero|init|initial|encoder|decoder)_?)*"
    r"(hidden|hiddens|hidden_?states?|states?|cell|h0|hc|h_0))",
    re.I,
)
"""Names of methods that make a state for somebody who calls the layer."""


def served(machine: Machine, active: Activation, function: Function, value: Any) -> None:
    """Note the states that a module's method made for its caller."""
    owner, within = active.instance, active.within
    if owner is None or within is None or MAKER.fullmatch(function.name) is None:
        return
    if not isinstance(function.node, cst.FunctionDef):
        return
    made = tuple(
        tensor
        for tensor in tensors(value)
        if tensor.made and tensor.source is None and _here(tensor, function.node)
    )
    layers = tuple(layers_in(owner)) if made else ()
    if layers:
        place = NodePlace(function.node.name, function.unit)
        machine.note(StateServed(place, function.name, made, layers, within))


def _here(tensor: Tensor, node: cst.FunctionDef) -> bool:
    """Whether a function itself puts a tensor where it is, and no helper that others use too."""
    moves = [one.moved.node for one in tensor.made if isinstance(one.moved, NodePlace)]
    return not moves or any(part in moves for part in walk(node) if isinstance(part, cst.Call))


def named(
    machine: Machine, value: Any, name: str, target: cst.CSTNode, owner: Any, statement: cst.CSTNode
) -> None:
    """Note a state that the program made and keeps under a name; ``owner`` if as an attribute."""
    if not isinstance(value, (Tensor, Tuple)):
        return
    made = [tensor for tensor in tensors(value) if tensor.made and tensor.source is None]
    plain = name.rpartition(".")[2]
    if not made or STATE.fullmatch(plain) is None:
        return
    active = machine.stack[-1]
    lost: NodePlace | None = None
    read: bool | None = None
    layers: tuple[Rnn, ...] = ()
    if isinstance(owner, Instance):
        layers = tuple(layers_in(owner))
    else:
        body = active.function.node if active.function is not None else None
        if active.instance is not None:
            layers = tuple(layers_in(active.instance))
        if body is not None or machine.tree is not None:
            read = None if body is None else _reads(body, name)
            node = abandoned(body or machine.tree, statement, name)  # type: ignore[arg-type]
            lost = None if node is None else machine.place(node)
        else:
            read = True
    machine.note(StateKept(machine.place(target), plain, tuple(made), layers, read, lost))


_MADE = re.compile(r"\b(zeros|randn?|ones|empty|full|normal)\(|init_?hidden|init_?state|zero_state")


def _given(test: cst.BaseExpression, name: str) -> bool | None:
    """Whether a condition says that a name is not None, or that it is; None if neither."""
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    one, left = test.comparisons[0], test.left
    if not isinstance(left, cst.Name) or left.value != name:
        return None
    if not isinstance(one.comparator, cst.Name) or one.comparator.value != "None":
        return None
    if isinstance(one.operator, (cst.IsNot, cst.NotEqual)):
        return True
    return False if isinstance(one.operator, (cst.Is, cst.Equal)) else None


def chosen(machine: Machine, node: cst.Assign) -> None:
    """``hidden = torch.zeros(...) if hidden is not None else hidden``, either way round."""
    value, target = node.value, node.targets[0].target
    if not isinstance(value, cst.IfExp) or not isinstance(target, cst.Name):
        return
    name = target.value
    there = _given(value.test, name)
    kept, new = (value.orelse, value.body) if there else (value.body, value.orelse)
    if there is not None and isinstance(kept, cst.Name) and kept.value == name:
        _supplanted(machine, name, value.test, new)


def replaced(machine: Machine, node: cst.If) -> None:
    """``if hidden is not None: hidden = torch.zeros(...)``, with nothing else to do."""
    if node.orelse is not None or not isinstance(node.body, cst.IndentedBlock):
        return
    for line in node.body.body:
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Assign) or not isinstance(small.targets[0].target, cst.Name):
            return
        name = small.targets[0].target.value
        if _given(node.test, name):
            _supplanted(machine, name, node.test, small.value)


def _supplanted(machine: Machine, name: str, test: cst.CSTNode, new: cst.CSTNode) -> None:
    place = machine.place(new)
    if STATE.fullmatch(name) is None or not machine.within or _reads(new, name):
        return
    if _MADE.search(place.text):
        machine.note(StateSupplanted(place, name, machine.place(test), machine.within))


def entered(machine: Machine, active: Activation, function: Function) -> None:
    """Note the optional parameters named like states that a module's method never reads."""
    owner = active.instance
    if owner is None or not owner.cls.is_module or not isinstance(function.node, cst.FunctionDef):
        return
    params = function.node.params
    for param in (*params.params, *params.kwonly_params):
        name = param.name.value
        optional = isinstance(param.default, cst.Name) and param.default.value == "None"
        if not optional or STATE.fullmatch(name) is None or _used(function.node, name):
            continue  # what must be passed may be there for the sake of other modules
        layers = tuple(layers_in(owner))
        if layers and active.within is not None:
            place = machine.place(param.name)
            machine.note(ParameterIgnored(place, name, layers, active.within))


def _used(function: cst.FunctionDef, name: str) -> bool:
    """Whether a parameter is read before it is given another value."""
    if not isinstance(function.body, cst.IndentedBlock):
        return True
    for statement in function.body.body:
        if _reads(statement, name):
            return True
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if isinstance(small, cst.Assign) and _binds(small, name):
                    return False
    return False


def _binds(statement: cst.Assign, name: str) -> bool:
    for target in statement.targets:
        node = target.target
        parts = [e.value for e in node.elements] if isinstance(node, cst.Tuple) else [node]
        if any(isinstance(part, cst.Name) and part.value == name for part in parts):
            return True
    return False


def _reads(node: cst.CSTNode, name: str) -> bool:
    found = reads(node)
    return name in found or not found.isdisjoint({"locals", "vars"})
