"""Where no graph is kept: blocks under no_grad."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from shapeguard.lint.interp.machine import Machine
from shapeguard.lint.interp.names import words

NO_GRAPH = words("no_grad inference_mode")


@contextmanager
def without_graph(machine: Machine, opened: list[cst.BaseExpression]) -> Iterator[None]:
    """While a ``with`` block is run: under ``torch.no_grad()`` no graph is kept."""
    cut = sum(_stops_graph(one) for one in opened)
    machine.cut += cut
    try:
        yield
    finally:
        machine.cut -= cut


def _stops_graph(node: cst.BaseExpression) -> bool:
    func = node.func if isinstance(node, cst.Call) else node
    name = func.attr if isinstance(func, cst.Attribute) else func
    if not isinstance(name, cst.Name):
        return False
    return name.value in NO_GRAPH or name.value == "set_grad_enabled"
