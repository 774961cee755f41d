"""nn.DataParallel: modules whose batch is scattered, and what their copies return."""

from __future__ import annotations

from typing import Any

import libcst as cst

from shapeguard.axes.packing import Gathered
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.arguments import Args
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Instance


def wrapped(machine: Machine, args: Args, node: cst.CSTNode) -> None:
    """``nn.DataParallel(module)``; with a single device there are no copies."""
    module = unwrap(args.positional[0].value) if args.positional else None
    devices = unwrap(args.get(1, "device_ids"))
    if isinstance(module, Instance) and not (isinstance(devices, Tuple) and len(devices.items) < 2):
        module.scattered = machine.place(node)


def returned(machine: Machine, value: Any, node: cst.CSTNode) -> None:
    """What a method returns, noted where it is the forward of such a module."""
    active = machine.stack[-1]
    place = None if active.instance is None else active.instance.scattered
    if place is None or active.function is None or active.function.name != "forward":
        return
    for item in value.items if isinstance(value, Tuple) else (value,):
        if isinstance(item, Tensor) and item.source is not None:
            machine.note(Gathered(machine.place(node), item, place))
