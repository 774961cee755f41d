"""Loops over loaders in random order."""

from __future__ import annotations

import libcst as cst

from shapeguard.axes.carrying import Shuffled
from shapeguard.lint.interp.containers import Loader
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.names import words
from shapeguard.lint.interp.objects import Frame
from shapeguard.lint.place import NodePlace


def shuffled(machine: Machine, node: cst.For | cst.While, frame: Frame) -> bool:
    """Whether a loop runs over a loader that shuffles."""
    return loader(machine, node, frame) is not None


WRAPPERS = words("enumerate tqdm iter islice trange track progress_bar notebook_tqdm")


def loader(machine: Machine, node: cst.For | cst.While, frame: Frame) -> Shuffled | None:
    """The loader in random order that a loop runs over, also through enumerate and the like."""
    over = node.iter if isinstance(node, cst.For) else None
    while isinstance(over, cst.Call) and over.args:
        name = over.func.attr if isinstance(over.func, cst.Attribute) else over.func
        if not isinstance(name, cst.Name) or name.value not in WRAPPERS:
            break
        over = over.args[0].value
    if isinstance(over, (cst.Name, cst.Attribute, cst.Subscript)):
        value = unwrap(evaluate(machine, over, frame))
    else:
        value = None
    if not isinstance(value, Loader) or value.args.get("shuffle") is not True:
        return None
    made = value.place
    if isinstance(made, NodePlace) and isinstance(made.node, cst.Call):
        for arg in made.node.args:
            if arg.keyword is not None and arg.keyword.value == "shuffle":
                return Shuffled(made, NodePlace(arg, made.unit))
    return Shuffled(made, made)
