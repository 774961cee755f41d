"""Settings beside the construction of a layer, named after a parameter and not handed to it."""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Place
from shapeguard.axes.building import SettingBeside
from shapeguard.axes.layer import Rnn
from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import KINDS, words
from shapeguard.lint.interp.objects import Class, Frame, Opaque, Ref
from shapeguard.lint.interp.trees import children
from shapeguard.lint.place import NodePlace

NAMES = {
    "num_layers": re.compile(
        r"(n|num|nb)_?(rnn_|lstm_|gru_|hidden_)?layers?|(rnn|lstm|gru)_(num_)?layers|layer_num"
    ),
    "bidirectional": re.compile(r"(is_)?bi_?directional|bidir"),
}
"""What people call a parameter of the layer."""

TEXTS = "texts "
"""Where the module's scope keeps the text of the whole program: no name can be this."""

WRITTEN = re.compile(r"^([a-z_]\w*)[ \t]*=[ \t]*(\d{1,3})[ \t]*(?:#.*)?$", re.MULTILINE)
"""Numbers that the module names; a statement that nothing else needs is not followed."""

MAKERS = words(
    "zeros randn rand ones empty full new new_zeros new_ones new_empty FloatTensor Tensor"
)


def beside(machine: Machine, rnn: Rnn, node: cst.CSTNode, frame: Frame | None) -> None:
    """Note settings that a layer was not given."""
    for parameter in NAMES:
        setting = rnn.settings.get(parameter)
        if setting is not None and setting.how == "torch" and setting.known:
            active = machine.stack[-1]
            if active.function is not None and active.function.name == "__init__":
                _of_init(machine, rnn, parameter, node)
            elif active.function is None and frame is not None:
                _of_module(machine, rnn, parameter, node, frame)


def _of_init(machine: Machine, rnn: Rnn, parameter: str, node: cst.CSTNode) -> None:
    """A parameter of ``__init__`` that is kept, and at most sizes states."""
    active = machine.stack[-1]
    function, frame = active.function, active.frame
    if function is None or frame is None or not isinstance(function.owner, Class):
        return
    params = [param for param in function.node.params.params if _named(param.name, parameter)]
    owner = function.owner
    if len(params) != 1 or not all(isinstance(base, Ref) for base in owner.bases):
        return
    if not owner.foreign.endswith("nn.Module") or any(
        owner in other.ancestry()[1:] for other in machine.classes
    ):
        return
    name = params[0].name.value
    value = frame.vars.get(name)
    told = isinstance(value, Opaque) or value is True or (type(value) is int and value > 1)
    scan = _Scan(name)
    scan.look(function.owner.node)
    if not told or scan.otherwise or scan.layers != 1:
        return
    used: Place | None = None
    if scan.sized:
        used = NodePlace(scan.sized[0], function.unit)
    place = NodePlace(params[0], function.unit)
    machine.note(SettingBeside(machine.place(node), rnn, parameter, name, place, used))


def _of_module(machine: Machine, rnn: Rnn, parameter: str, node: cst.CSTNode, frame: Frame) -> None:
    """A name of the module that holds a setting and is never read."""
    texts: tuple[str, ...] = frame.lookup(TEXTS)[0] or ()
    known = [found for text in texts for found in WRITTEN.findall(text)]
    for name, value in {**{name: int(number) for name, number in known}, **frame.vars}.items():
        if NAMES[parameter].fullmatch(name) is None:
            continue
        if not (value is True or (type(value) is int and value > 1)):
            continue
        word = re.compile(rf"\b{name}\b")
        if sum(len(word.findall(text)) for text in texts) == 1:
            machine.note(SettingBeside(machine.place(node), rnn, parameter, name, None, None))


def _named(node: cst.Name, parameter: str) -> bool:
    return NAMES[parameter].fullmatch(node.value) is not None


class _Scan:
    """Where a class reads a parameter of its ``__init__``, and the attribute that keeps it.

    ``sized`` are the tensors that it sizes, ``otherwise`` says that it is read elsewhere, and
    ``layers`` counts the recurrent layers that the class names.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.attrs: set[str] = set()
        self.sized: list[cst.CSTNode] = []
        self.otherwise = False
        self.layers = 0
        self._kept: set[int] = set()

    def look(self, node: cst.CSTNode, making: bool = False) -> None:
        """Look through a tree; ``making`` says that a call around it makes a tensor."""
        if isinstance(node, cst.Param):
            return
        if isinstance(node, cst.Assign):
            self._keep(node)
        elif isinstance(node, cst.Call):
            func: Any = node.func
            word = func.attr if isinstance(func, cst.Attribute) else func
            name = word.value if isinstance(word, cst.Name) else ""
            self.layers += name in KINDS
            making = making or name in MAKERS
        elif isinstance(node, cst.Arg):
            self._kept.add(id(node.keyword))
        elif isinstance(node, cst.Name):
            if node.value == self.name:
                self._read(node, making)
        elif isinstance(node, cst.Attribute):
            self._kept.add(id(node.attr))
            if node.attr.value in {self.name, *self.attrs}:
                self._read(node, making)
        for child in children(node):
            self.look(child, making)

    def _keep(self, node: cst.Assign) -> None:
        if isinstance(node.value, cst.Name) and node.value.value == self.name:
            targets = [target.target for target in node.targets]
            own = [t for t in targets if isinstance(t, cst.Attribute) and _own(t)]
            if len(own) == len(targets):
                self._kept |= {id(node.value), *(id(target) for target in own)}
                self.attrs |= {target.attr.value for target in own}

    def _read(self, node: cst.CSTNode, making: bool) -> None:
        if id(node) in self._kept:
            return
        if making:
            self.sized.append(node)
        else:
            self.otherwise = True


def _own(node: cst.Attribute) -> bool:
    return isinstance(node.value, cst.Name) and node.value.value == "self"
