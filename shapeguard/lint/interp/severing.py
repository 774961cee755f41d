"""Cutting tensors from the graph, and what reads them then."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from shapeguard.axes.judging import SeveredRead
from shapeguard.axes.layer import Rnn
from shapeguard.axes.marks import Mark
from shapeguard.axes.severing import Severed
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.machine import Machine


def sever(
    machine: Machine, tensor: Tensor, how: str, node: cst.CSTNode, base: cst.CSTNode
) -> Tensor:
    """A tensor cut from the graph, in a method of a module that called the layer it is from."""
    after = tensor.marked(Mark.DETACHED, Mark.CUT)
    source, within = tensor.source, machine.within
    if source is None or not within or source.call.rnn.cell or graphless(machine):
        return after
    if within[-1] not in source.call.within or Mark.DETACHED in tensor.marks:
        return after
    if how == "data" and source.exact and source.slot == "output" and not source.takes:
        given = source.call.input
        if not isinstance(given, Tensor) or given.rank is None:
            return after  # it may be a PackedSequence, whose data is part of the graph
    place, before = machine.place(node), machine.place(base)
    return after.marked(Severed(how, place, before, source.call.rnn, within[-1]))


def graphless(machine: Machine) -> bool:
    """Whether no graph is kept at this point: under no_grad, as a block or as a decorator."""
    if machine.cut > 0:
        return True
    for active in machine.stack:
        node = active.function.node if active.function is not None else None
        for decorator in node.decorators if isinstance(node, cst.FunctionDef) else ():
            found = decorator.decorator
            found = found.func if isinstance(found, cst.Call) else found
            name = found.attr if isinstance(found, cst.Attribute) else found
            if isinstance(name, cst.Name) and name.value in ("no_grad", "inference_mode"):
                return True
    return False


def read(machine: Machine, tensor: Tensor, by: str, node: cst.CSTNode, to: Rnn | None) -> Tensor:
    """A layer with weights reads a tensor: note it if it was cut before, and forget that."""
    cuts = [mark for mark in tensor.marks if isinstance(mark, Severed)]
    for mark in cuts:
        if mark.within in machine.within and mark.rnn is not to and not graphless(machine):
            machine.note(SeveredRead(machine.place(node), tensor, mark, by))
    return replace(tensor, marks=tensor.marks - set(cuts)) if cuts else tensor
