"""The contract as source text: the types of forward, and the docstrings of forward.

Source, since that is what editors read: what they show of a layer is what the contract says.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

from shapeguard import contract
from shapeguard.contract import Axes, AxisName, Kind, Layout, Slot

TYPES: Final = "shapeguard/runtime/annotations.py"
LAYERS: Final = "shapeguard/runtime/layers.py"

_WIDTH = 100
#: What forward takes and returns as a PackedSequence.
_OTHERWISE: Final = {(Slot.INPUT, Layout.PACKED), (Slot.OUTPUT, Layout.PACKED)}

_HEAD = '''"""The rows of shapeguard.contract as types, written by `python -m tools.docgen`.

{names}

A PackedSequence is a type of its own; the row of its data stands in the comments.
"""

from __future__ import annotations

from typing import TypeAlias

from jaxtyping import Inexact
from torch import Tensor
'''


def types() -> str:
    """The module of the types: one alias for every slot, the union over its layouts."""
    text = [_HEAD.format(names="\n".join(_names(contract.AXES)))]
    for prefix, table in (("", contract.LAYERS), ("Cell", contract.CELLS)):
        written: dict[str, str] = {}
        for slot, row in table.items():
            name = prefix + slot.name.title()
            lines = [f"# {_layout(prefix, layout)}: {' '.join(row[layout])}" for layout in row]
            found = _alias(
                name, [row[layout] for layout in row if (slot, layout) not in _OTHERWISE]
            )
            same = written.setdefault(found.partition("=")[2], name)
            lines.append(found if same == name else f"{name}: TypeAlias = {same}")
            text.append("\n".join(lines) + "\n")
    return "\n".join(text)


def _alias(name: str, rows: list[Axes]) -> str:
    """`Name: TypeAlias = A | B`, broken as ruff format breaks it."""
    members = [f'Inexact[Tensor, "{" ".join(axes)}"]' for axes in dict.fromkeys(rows)]
    union = " | ".join(members)
    line = f"{name}: TypeAlias = {union}"
    if len(line) <= _WIDTH:
        return line
    if len(union) + 4 > _WIDTH:
        union = "\n    | ".join(members)
    return f"{name}: TypeAlias = (\n    {union}\n)"


def _layout(prefix: str, layout: Layout) -> str:
    return "batched" if prefix and layout is Layout.BATCH_FIRST else layout.value


def _names(names: Mapping[AxisName, str]) -> Iterator[str]:
    return (f"{name}: {size}" for name, size in names.items())


def docstring(kind: Kind) -> str:
    """What forward takes and returns, in every layout, with what the axis names stand for."""
    prefix = "Cell" if kind.is_cell else ""
    table = contract.CELLS if kind.is_cell else contract.LAYERS
    states = contract.states(kind)
    used: set[AxisName] = set()
    lines = [f'What torch.nn.{kind.value} takes and returns: its page, "Inputs" and "Outputs".', ""]
    before, after = ([slot.value.split(", ")[place] for slot in states] for place in (0, 1))
    takes = dict(zip(["input", *before], [Slot.INPUT, *states], strict=True))
    returns = dict(zip(after, states, strict=True))
    if not kind.is_cell:
        returns = {"output": Slot.OUTPUT, **returns}
    for layout in table[Slot.INPUT]:
        of_data = " (the shapes of its data)" if layout is Layout.PACKED else ""
        lines.append(f"{_layout(prefix, layout)}{of_data}:")
        for word, slots in (("takes", takes), ("returns", returns)):
            rows = {name: contract.axes(kind, layout, slot) for name, slot in slots.items()}
            used.update(axis for axes in rows.values() for axis in axes)
            shapes = (f"{name} ({', '.join(axes)})" for name, axes in rows.items())
            lines.append(f"    {word} {', '.join(shapes)}")
    hx = ", ".join(before)
    lines += ["", f"hx is {hx if len(states) == 1 else f'({hx})'}; None stands for zeros.", ""]
    lines += _names({axis: size for axis, size in contract.AXES.items() if axis in used})
    return "\n".join(lines) + "\n"


def with_docstrings(source: str) -> str:
    """The module of the layers with the docstring of every forward as the contract has it."""
    lines = source.splitlines(keepends=True)
    for cls in reversed(ast.parse(source).body):
        if not isinstance(cls, ast.ClassDef) or cls.name not in {kind.value for kind in Kind}:
            continue
        forward = [node for node in cls.body if isinstance(node, ast.FunctionDef)][-1]
        assert forward.name == "forward", f"{cls.name} ends with {forward.name}"
        body = forward.body[0]
        indent = " " * body.col_offset
        text = textwrap.indent(f'"""{docstring(Kind(cls.name))}"""\n', indent)
        documented = ast.get_docstring(forward) is not None
        end = body.end_lineno if documented else body.lineno - 1
        lines[body.lineno - 1 : end] = [text]
    return "".join(lines)
