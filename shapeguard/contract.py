"""The shapes that torch.nn documents for its recurrent layers and Cells, written once.

Axis names are those of the torch.nn pages of RNN, LSTM, GRU and their Cells (torch 2.13), whose
"Inputs" and "Outputs" sections are the source of every row. Standard library only: the linter
reads this without torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal

AxisName = Literal["L", "N", "S", "Hin", "Hout", "D*Hout", "Hcell", "D*K"]


class Kind(str, Enum):
    """A class of torch.nn, by its name there."""

    RNN = "RNN"
    LSTM = "LSTM"
    GRU = "GRU"
    RNN_CELL = "RNNCell"
    LSTM_CELL = "LSTMCell"
    GRU_CELL = "GRUCell"

    @property
    def is_cell(self) -> bool:
        """Whether it computes one step of one layer."""
        return self in (Kind.RNN_CELL, Kind.LSTM_CELL, Kind.GRU_CELL)


class Layout(str, Enum):
    """How a tensor that is fed or returned is laid out. A batched Cell input is BATCH_FIRST."""

    TIME_FIRST = "batch_first=False"
    BATCH_FIRST = "batch_first=True"
    UNBATCHED = "unbatched"
    PACKED = "packed"


class Slot(str, Enum):
    """A tensor in the signature of forward. What a state is before the call, it is after it."""

    INPUT = "input"
    OUTPUT = "output"
    H = "h_0, h_n"
    C = "c_0, c_n"


AXES: Final[Mapping[AxisName, str]] = MappingProxyType(
    {
        "L": "steps",
        "N": "batch",
        "S": "sum of the lengths, step by step over the samples still running",
        "Hin": "input_size",
        "Hout": "proj_size where it is set, else hidden_size",
        "D*Hout": "directions * Hout, forward then backward",
        "Hcell": "hidden_size",
        "D*K": "directions * num_layers, layer by layer, forward before backward in each",
    }
)

Axes = tuple[AxisName, ...]
Row = Mapping[Layout, Axes]

LAYERS: Final[Mapping[Slot, Row]] = MappingProxyType(
    {
        Slot.INPUT: {
            Layout.TIME_FIRST: ("L", "N", "Hin"),
            Layout.BATCH_FIRST: ("N", "L", "Hin"),
            Layout.UNBATCHED: ("L", "Hin"),
            Layout.PACKED: ("S", "Hin"),
        },
        Slot.OUTPUT: {
            Layout.TIME_FIRST: ("L", "N", "D*Hout"),
            Layout.BATCH_FIRST: ("N", "L", "D*Hout"),
            Layout.UNBATCHED: ("L", "D*Hout"),
            Layout.PACKED: ("S", "D*Hout"),
        },
        Slot.H: {
            Layout.TIME_FIRST: ("D*K", "N", "Hout"),
            Layout.BATCH_FIRST: ("D*K", "N", "Hout"),
            Layout.UNBATCHED: ("D*K", "Hout"),
            Layout.PACKED: ("D*K", "N", "Hout"),
        },
        Slot.C: {
            Layout.TIME_FIRST: ("D*K", "N", "Hcell"),
            Layout.BATCH_FIRST: ("D*K", "N", "Hcell"),
            Layout.UNBATCHED: ("D*K", "Hcell"),
            Layout.PACKED: ("D*K", "N", "Hcell"),
        },
    }
)

CELLS: Final[Mapping[Slot, Row]] = MappingProxyType(
    {
        Slot.INPUT: {Layout.BATCH_FIRST: ("N", "Hin"), Layout.UNBATCHED: ("Hin",)},
        Slot.H: {Layout.BATCH_FIRST: ("N", "Hcell"), Layout.UNBATCHED: ("Hcell",)},
        Slot.C: {Layout.BATCH_FIRST: ("N", "Hcell"), Layout.UNBATCHED: ("Hcell",)},
    }
)

#: What varies along D*K, slowest first, and along the halves of D*Hout.
STATE_ORDER: Final[tuple[Literal["layer", "direction"], ...]] = ("layer", "direction")
DIRECTIONS: Final[tuple[Literal["forward", "backward"], ...]] = ("forward", "backward")

#: What forward takes and returns as state, in the order of the tuple.
STATES: Final[Mapping[Kind, tuple[Slot, ...]]] = MappingProxyType(
    {
        Kind.RNN: (Slot.H,),
        Kind.LSTM: (Slot.H, Slot.C),
        Kind.GRU: (Slot.H,),
        Kind.RNN_CELL: (Slot.H,),
        Kind.LSTM_CELL: (Slot.H, Slot.C),
        Kind.GRU_CELL: (Slot.H,),
    }
)


class Required(Enum):
    """The default of a parameter that has none."""

    REQUIRED = "required"


@dataclass(frozen=True)
class Parameter:
    """A constructor parameter, at its place in the positional order."""

    name: str
    default: int | float | bool | str | Required | None = Required.REQUIRED


def _signature(*, nonlinearity: bool, layer: bool, proj_size: bool) -> tuple[Parameter, ...]:
    activation = [Parameter("nonlinearity", "tanh")] if nonlinearity else []
    bias = Parameter("bias", True)
    return (
        Parameter("input_size"),
        Parameter("hidden_size"),
        *([Parameter("num_layers", 1), *activation, bias] if layer else [bias, *activation]),
        *([Parameter("batch_first", False), Parameter("dropout", 0.0)] if layer else []),
        *([Parameter("bidirectional", False)] if layer else []),
        *([Parameter("proj_size", 0)] if proj_size else []),
        Parameter("device", None),
        Parameter("dtype", None),
    )


#: As documented. torch.nn.RNN and GRU as they run take proj_size before device, and refuse it.
SIGNATURES: Final[Mapping[Kind, tuple[Parameter, ...]]] = MappingProxyType(
    {
        kind: _signature(
            nonlinearity=kind in (Kind.RNN, Kind.RNN_CELL),
            layer=not kind.is_cell,
            proj_size=kind is Kind.LSTM,
        )
        for kind in Kind
    }
)


@dataclass(frozen=True)
class Sizes:
    """Numbers for the axis names: steps, batch, input_size, hidden_size, num_layers, directions,
    proj_size (0 for none), and of packed input the sum of the lengths.
    """

    L: int = 1
    N: int = 1
    Hin: int = 1
    H: int = 1
    K: int = 1
    D: int = 1
    proj: int = 0
    S: int = 0

    @property
    def numbers(self) -> Mapping[str, int]:
        """The size of every axis name, and of the factors D and K that some are written with."""
        hout = self.proj or self.H
        return {
            "L": self.L,
            "N": self.N,
            "S": self.S,
            "Hin": self.Hin,
            "Hout": hout,
            "Hcell": self.H,
            "D": self.D,
            "K": self.K,
            "D*K": self.D * self.K,
            "D*Hout": self.D * hout,
        }


def axes(kind: Kind | str, layout: Layout, slot: Slot) -> Axes:
    """Names of the axes of one tensor, outermost first.

    `kind` is a Kind or its name in torch.nn. Raises ValueError for another name, and LookupError
    for a tensor that the class does not take or return so: a Cell has no output and no packed
    layout, and only LSTM and LSTMCell have a cell state.
    """
    kind = Kind(kind)
    rows = CELLS if kind.is_cell else LAYERS
    if (slot is Slot.C and slot not in STATES[kind]) or layout not in rows.get(slot, {}):
        raise LookupError(f"nn.{kind.value} has no {slot.value} ({layout.value})")
    return rows[slot][layout]


def shape(kind: Kind | str, layout: Layout, slot: Slot, sizes: Sizes) -> tuple[int, ...]:
    """The shape that `axes` names, in numbers.

    Raises ValueError if the sizes are none that the class can be built with: a Cell has one layer
    and one direction, and only an LSTM has proj_size.
    """
    kind = Kind(kind)
    if kind.is_cell and (sizes.K, sizes.D) != (1, 1):
        raise ValueError(f"nn.{kind.value} has one layer and one direction")
    if sizes.proj and kind is not Kind.LSTM:
        raise ValueError(f"nn.{kind.value} has no proj_size")
    number = sizes.numbers
    if kind.is_cell:  # it has no steps, no layers and no directions to name
        number = {axis: number[axis] for axis in ("N", "Hin", "Hcell")}
    return tuple(number[axis] for axis in axes(kind, layout, slot))


def parameters(kind: Kind | str) -> tuple[Parameter, ...]:
    """Constructor parameters in positional order. Raises ValueError for an unknown name."""
    return SIGNATURES[Kind(kind)]


def states(kind: Kind | str) -> tuple[Slot, ...]:
    """The states that forward takes and returns; a tuple in torch where there are two."""
    return STATES[Kind(kind)]


def state_index(layer: int, direction: int, sizes: Sizes) -> int:
    """Place on the D*K axis of a layer (from 0) and direction (0 forward, 1 backward).

    Raises IndexError outside of the layers and directions that the sizes give.
    """
    if not (0 <= layer < sizes.K and 0 <= direction < sizes.D):
        raise IndexError(f"layer {layer}, direction {direction} of {sizes.K} by {sizes.D}")
    place = 0
    for name in STATE_ORDER:
        place = place * sizes.K + layer if name == "layer" else place * sizes.D + direction
    return place


def markdown(kinds: Iterable[Kind | str] = (Kind.LSTM, Kind.LSTM_CELL)) -> str:
    """The rows of the given classes as Markdown tables, one per set of rows, then the names."""
    blocks: list[str] = []
    for kind in map(Kind, kinds):
        rows = CELLS if kind.is_cell else LAYERS
        layouts = list(rows[Slot.INPUT])
        batched = {Layout.BATCH_FIRST: "batched"} if kind.is_cell else {}
        head = ["slot", *(batched.get(layout, layout.value) for layout in layouts)]
        lines = [head, ["---"] * len(head)]
        for slot, row in rows.items():
            if slot is not Slot.C or slot in STATES[kind]:
                lines.append([slot.value, *(" ".join(row[layout]) for layout in layouts)])
        blocks.append("\n".join(f"| {' | '.join(cells)} |" for cells in lines))
    names = [["axis", "size"], ["---", "---"], *([axis, size] for axis, size in AXES.items())]
    blocks.append("\n".join(f"| {' | '.join(cells)} |" for cells in names))
    return "\n\n".join(blocks) + "\n"
