"""What becomes of states by name: kept under names that nobody reads, parameters never read."""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from shapeguard.axes.keeping import ParameterIgnored, StateKept, StateServed
from shapeguard.axes.states import tensors
from shapeguard.axes.value import Tensor
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


def named(machine: Machine, value: Any, name: str, target: cst.CSTNode, owner: Any) -> None:
    """Note a state that the program made and keeps under a name; ``owner`` if as an attribute."""
    made = [tensor for tensor in tensors(value) if tensor.made and tensor.source is None]
    if not made or STATE.fullmatch(name.rpartition(".")[2]) is None:
        return
    active = machine.stack[-1]
    if isinstance(owner, Instance):
        layers, read = tuple(layers_in(owner)), None
    else:
        layers = tuple(layers_in(active.instance)) if active.instance is not None else ()
        body = active.function.node if active.function is not None else None
        read = body is None or _reads(body, name)
    plain = name.rpartition(".")[2]
    machine.note(StateKept(machine.place(target), plain, tuple(made), layers, read))


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
