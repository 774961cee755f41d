"""Reading attributes: of objects, layers, tensors, shapes and names from outside the program."""

from __future__ import annotations

import re
from functools import reduce
from typing import Any

import libcst as cst

from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Packed, Tensor, Tuple
from shapeguard.lint.interp import iteration, late, modules, severing
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.containers import Each, Loader, Mapping, Records
from shapeguard.lint.interp.functions import invoke
from shapeguard.lint.interp.joining import join
from shapeguard.lint.interp.machine import Machine, opaque_part
from shapeguard.lint.interp.names import MODULE_METHODS, TENSOR_METHODS
from shapeguard.lint.interp.objects import (
    Batch,
    Bound,
    Class,
    Function,
    Instance,
    Layer,
    Method,
    Opaque,
    Ref,
    ShapeOf,
)
from shapeguard.lint.interp.values import known

LABELS = re.compile("label|target|class|^y$|score|stars|rating|sentiment|^id", re.I)
"""Names of the columns that are no sequences."""


def attribute(machine: Machine, base: Any, name: str, node: cst.CSTNode) -> Any:
    """``base.name``."""
    reader = READERS.get(type(base))
    return reader(machine, base, name, node) if reader is not None else UNKNOWN


def _ref(machine: Machine, base: Ref, name: str, node: cst.CSTNode) -> Any:
    return Ref(f"{base.dotted}.{name}")


def _opaque(machine: Machine, base: Opaque, name: str, node: cst.CSTNode) -> Any:
    if name in TENSOR_METHODS or name == "to":
        return Method(base, name)
    if name == "shape":
        return ShapeOf(Tensor(key=base.identity))
    if name in ("T", "mT", "data"):
        return base if name == "data" else UNKNOWN
    return opaque_part(base, f".{name}")


def _batch(machine: Machine, base: Batch, name: str, node: cst.CSTNode) -> Any:
    """A tensor, or a dict or record of tensors."""
    if name in TENSOR_METHODS or name in ("to", "pin_memory", "transpose", "permute"):
        return Method(base, name)
    if name == "shape":
        return ShapeOf(Tensor(key=base.identity, front=base.front))
    return base if name == "data" else base.called(opaque_part(base, f".{name}").identity)


def _size(machine: Machine, base: Any, name: str, node: cst.CSTNode) -> Any:
    """``lengths - 1`` of unknown lengths reads as a size until it is used as a tensor."""
    return Method(base, name) if name in TENSOR_METHODS else UNKNOWN


def _tensor(machine: Machine, base: Tensor, name: str, node: cst.CSTNode) -> Any:
    if name == "shape":
        machine.consume(base, "shape", node)
        return iteration.shape_of(base)
    if name == "data":
        where = node.value if isinstance(node, cst.Attribute) else node
        return severing.sever(machine, base, "data", node, where)
    if name in ("T", "mT") and base.axes is not None and len(base.axes) == 2:
        return base.with_axes(base.axes[::-1])
    if name == "ndim":
        machine.consume(base, "dim", node)
        return base.rank if base.rank is not None else UNKNOWN
    if name in ("device", "dtype", "grad", "requires_grad", "is_cuda", "T", "mT"):
        return UNKNOWN
    return Method(base, name)


def _packed(machine: Machine, base: Packed, name: str, node: cst.CSTNode) -> Any:
    return iteration.plain(base) if name == "data" else Method(base, name)


def _rnn(machine: Machine, base: Rnn, name: str, node: cst.CSTNode) -> Any:
    if name in base.settings:
        return base.settings[name].value
    return Method(base, name)


def _layer(machine: Machine, base: Layer, name: str, node: cst.CSTNode) -> Any:
    if name in base.names:
        return base.items[base.names.index(name)]
    if name in base.args:
        return base.args[name]
    if base.kind in ("DataParallel", "DistributedDataParallel") and name == "module":
        return base.items[0]
    return Method(base, name)


def _mapping(machine: Machine, base: Mapping, name: str, node: cst.CSTNode) -> Any:
    return Method(base, name)


def _class(machine: Machine, base: Class, name: str, node: cst.CSTNode) -> Any:
    value = base.member(name)
    if known(value) and value is not None and base.foreign.startswith("enum."):
        return _enumerated(base, name, value)
    if value is None:
        return Ref(f"{base.foreign}.{name}") if base.foreign else UNKNOWN
    if isinstance(value, Function) and value.kind == "class":
        return Bound(value, base)
    return machine.settle(value)


def _enumerated(cls: Class, name: str, value: Any) -> Instance:
    """A member of an Enum, the same object each time."""
    made = Instance(cls, {"value": value, "name": name})
    cls.members[name] = made
    return made


def _instance(machine: Machine, base: Instance, name: str, node: cst.CSTNode) -> Any:
    if name in base.attrs:
        return base.attrs[name]
    value = base.cls.member(name)
    if isinstance(value, Function):
        return bind(machine, value, base, node)
    if value is not None and value is not UNKNOWN:
        return machine.settle(value)
    if base.rnn is not None and name in base.rnn.settings:
        return base.rnn.settings[name].value
    if name == "__class__":
        return base.cls
    if name == "__dict__":
        return contents(base)
    if name in MODULE_METHODS:
        return Method(base, name)
    if late.provide(machine, base, name):
        return base.attrs[name]
    if base.building or not base.cls.foreign.startswith("torch."):
        return Opaque(f"self.{name}@{base.cls.name}.{id(base)}")
    return UNKNOWN if name == "training" else Opaque(f"self.{name}@{base.cls.name}.{id(base)}")


def contents(instance: Instance) -> Mapping:
    """``vars(x)``: the attributes by name."""
    return Mapping(tuple(instance.attrs.items()), not instance.building)


def bind(machine: Machine, function: Function, base: Any, node: cst.CSTNode) -> Any:
    """A function found on an object: a method, a static method, or a property's value."""
    if function.kind == "static":
        return function
    if function.kind == "class":
        return Bound(function, base.cls if isinstance(base, Instance) else base)
    if function.kind == "property":
        return invoke(machine, function, Args.of(base), node)
    return Bound(function, base)


def _tuple(machine: Machine, base: Tuple, name: str, node: cst.CSTNode) -> Any:
    """``values`` and ``indices`` of what max, min and the like return."""
    if name in ("values", "indices") and len(base.items) == 2:
        return base.items[name == "indices"]
    return Method(base, name)


def _each(machine: Machine, base: Each, name: str, node: cst.CSTNode) -> Any:
    return base if name == "values" else Method(base, name)


def _loader(machine: Machine, base: Loader, name: str, node: cst.CSTNode) -> Any:
    return base.args.get(name, UNKNOWN)


def _records(machine: Machine, base: Records, name: str, node: cst.CSTNode) -> Any:
    """A column of a batch: of sequences with their lengths, or the labels, which have none."""
    return UNKNOWN if isinstance(base.item, Tuple) and LABELS.search(name) else base.item


def _method(machine: Machine, base: Any, name: str, node: cst.CSTNode) -> Any:
    return Method(base, name)


def _super(machine: Machine, base: Super, name: str, node: cst.CSTNode) -> Any:
    chain = base.instance.cls.ancestry()
    after = chain[chain.index(base.cls) + 1 :] if base.cls in chain else []
    for cls in after:
        if isinstance(cls, Class):
            value = cls.members.get(name)
            if isinstance(value, Function):
                return bind(machine, value, base.instance, node)
            if value is not None:
                return value
        elif isinstance(cls, Ref):
            return Bound(Ref(f"{cls.dotted}.{name}"), base.instance)
    return UNKNOWN


class Super:
    """``super()`` inside a method of ``cls``."""

    __slots__ = ("cls", "instance")

    def __init__(self, cls: Class, instance: Instance) -> None:
        self.cls = cls
        self.instance = instance


def item_of(layer: Layer, key: Any) -> Any:
    """``layers[0]``, ``layers["name"]``, or a slice of a Sequential."""
    if isinstance(key, bool):
        return UNKNOWN
    if isinstance(key, int) and -len(layer.items) <= key < len(layer.items):
        return layer.items[key]
    if isinstance(key, str) and key in layer.names:
        return layer.items[layer.names.index(key)]
    alike = all(item == layer.items[0] for item in layer.items)
    if layer.items and alike and not isinstance(key, str):
        return layer.items[0]
    classes = {item.cls if isinstance(item, Instance) else None for item in layer.items}
    cells = all(isinstance(item, Rnn) and item.cell for item in layer.items)
    if (
        layer.items
        and not isinstance(key, str)
        and (cells or (len(classes) == 1 and None not in classes))
    ):
        return reduce(join, layer.items)
    return UNKNOWN


READERS: dict[type, Any] = {
    Ref: _ref,
    modules.Home: modules.member,
    Opaque: _opaque,
    Tensor: _tensor,
    Packed: _packed,
    Rnn: _rnn,
    Layer: _layer,
    Mapping: _mapping,
    Class: _class,
    Instance: _instance,
    Tuple: _tuple,
    Batch: _batch,
    Each: _each,
    Loader: _loader,
    Records: _records,
    ShapeOf: _method,
    str: _method,
    Expr: _size,
    Super: _super,
}
