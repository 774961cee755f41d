"""Which recurrent layers a module knows of: its own, and those in containers of torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from shapeguard.axes.building import CopiesListed, ListedPlainly, Registered
from shapeguard.axes.layer import Rnn
from shapeguard.axes.value import Tuple
from shapeguard.lint.interp.containers import Each, Mapping
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Instance, Layer, Origin
from shapeguard.lint.place import NodePlace


def register(machine: Machine, *values: Any) -> None:
    """Some module, or something out of sight, knows of the layers in these values."""
    for value in values:
        for rnn in _layers(unwrap(value)):
            machine.note(Registered(rnn.place))


def _layers(value: Any, depth: int = 3) -> Iterator[Rnn]:
    if isinstance(value, Rnn):
        yield value
    elif depth:
        for part in _parts(value):
            yield from _layers(unwrap(part), depth - 1)


def _parts(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        return tuple(item for _, item in value.items)
    if isinstance(value, (Tuple, Layer)):
        return value.items
    return (value.item,) if isinstance(value, Each) else ()


def built(machine: Machine, instance: Instance) -> None:
    """Note the layers that a new module holds in plain lists and dicts."""
    if not instance.cls.foreign.endswith("Module"):
        return
    for name, value in instance.attrs.items():
        if not isinstance(value, (Tuple, Each, Mapping)):
            continue
        rnns = list(_layers(value))
        origin = instance.origins.get(name)
        if not rnns or origin is None or not _plain(origin):
            continue
        named = isinstance(value, Mapping)
        keys = value.items if isinstance(value, Mapping) else ()
        wrapped = not named or all(isinstance(key, str) and "." not in key for key, _ in keys)
        machine.note(
            ListedPlainly(NodePlace(origin.node, origin.unit), tuple(rnns), name, named, wrapped)
        )


PLAIN = (cst.List, cst.ListComp, cst.Tuple, cst.Dict, cst.DictComp)


def _plain(origin: Origin) -> bool:
    """Whether a value was written as a list, tuple or dict, here or under another name."""
    for _ in range(4):
        node = origin.node
        if not isinstance(node, cst.Name):
            break
        owner = origin.frame.lookup(node.value)[1]
        found = None if owner is None else owner.origins.get(node.value)
        if found is None:
            return False
        origin = found
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        return node.func.value in ("list", "dict", "tuple")
    return isinstance(node, PLAIN)


def repeated(machine: Machine, left: Any, right: Any, node: cst.CSTNode) -> None:
    """Note ``[nn.LSTM(...)] * n``."""
    if not isinstance(node, cst.BinaryOperation):
        return
    for value, written, count in ((left, node.left, right), (right, node.right, left)):
        if not isinstance(value, Tuple) or len(value.items) != 1 or count == 1:
            continue
        inside = written.elements[0].value if isinstance(written, cst.List) else None
        rnn = value.items[0]
        if isinstance(rnn, Rnn) and isinstance(inside, cst.Call):
            other = node.right if written is node.left else node.left
            places = machine.place(inside), machine.place(other)
            machine.note(CopiesListed(machine.place(node), rnn, *places))
