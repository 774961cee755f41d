"""What one call of a recurrent layer or Cell was given, in plain data.

Nothing here holds a tensor or imports torch, so a call can be kept, compared and printed long after
its tensors are gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard import contract
from shapeguard.contract import Kind, Layout, Sizes, Slot


@dataclass(frozen=True, slots=True)
class Form:
    """A tensor, without its values: "float32" on "cuda:0"."""

    shape: tuple[int, ...]
    dtype: str
    device: str
    contiguous: bool = True
    computed: bool = False

    @property
    def floating(self) -> bool:
        """Whether the dtype is one that a recurrent layer can compute with."""
        return self.dtype.startswith(("float", "bfloat", "complex"))


@dataclass(frozen=True, slots=True)
class Packed:
    """A PackedSequence: its data, how many samples take the first step, and how many steps.

    `permuted`: packed from samples in another order (enforce_sorted=False), in which torch brings
    the states before it computes.
    """

    data: Form
    batch: int
    steps: int
    permuted: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """What is no tensor and no PackedSequence, by its type; of a tuple or list also its items."""

    type: str
    items: tuple[Given, ...] | None = None


Given = Form | Packed | Other


@dataclass(frozen=True, slots=True)
class Layer:
    """A module's settings as they stand at the call, and where its weights are.

    `path` names it in its model ("encoder.rnn"), and is empty where no model is known. `dtype` and
    `device` are those of its weights, None where they cannot be read without computing them.
    `settings` holds the values of num_layers, bidirectional and batch_first as written.
    """

    kind: Kind
    input_size: int
    hidden_size: int
    num_layers: int = 1
    directions: int = 1
    batch_first: bool = False
    proj_size: int = 0
    dtype: str | None = None
    device: str | None = None
    path: str = ""
    settings: tuple[tuple[str, object], ...] = ()

    @property
    def name(self) -> str:
        """As a message names it: `encoder.rnn (LSTM)`, or `LSTM(5, 6)` without a path."""
        if self.path:
            return f"{self.path} ({self.kind.value})"
        return f"{self.kind.value}({self.input_size}, {self.hidden_size})"

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that its input can have, the batched one first."""
        batch_first = self.kind.is_cell or self.batch_first
        batched = Layout.BATCH_FIRST if batch_first else Layout.TIME_FIRST
        rest = (Layout.UNBATCHED,) if self.kind.is_cell else (Layout.UNBATCHED, Layout.PACKED)
        return (batched, *rest)

    def axes(self, layout: Layout, slot: Slot) -> contract.Axes:
        """Names of the axes, outermost first; LookupError as contract.axes."""
        return contract.axes(self.kind, layout, slot)

    def sizes(self, steps: int = 1, batch: int = 1, total: int = 0) -> Sizes:
        """The settings as contract.Sizes, for the given steps, batch and packed rows."""
        return Sizes(
            L=steps,
            N=batch,
            Hin=self.input_size,
            H=self.hidden_size,
            K=self.num_layers,
            D=self.directions,
            proj=self.proj_size,
            S=total,
        )


@dataclass(frozen=True, slots=True)
class Call:
    """What `forward` was given. `state` is hx as passed: None, one tensor, or an Other of items.

    `cudnn`: torch is known to compute this call with cuDNN. `mapped`: the input is inside of a
    transform of torch.func such as vmap, and may have axes that its shape does not show.
    """

    layer: Layer
    input: Given
    state: Given | None = None
    autocast: bool = False
    cudnn: bool = False
    mapped: bool = False

    @property
    def layout(self) -> Layout | None:
        """The layout that the input's number of axes says, None where it is none of them."""
        if isinstance(self.input, Packed):
            return None if self.layer.kind.is_cell else Layout.PACKED
        if isinstance(self.input, Form):
            for layout in self.layer.layouts:
                if layout is not Layout.PACKED and len(self.input.shape) == len(
                    self.layer.axes(layout, Slot.INPUT)
                ):
                    return layout
        return None

    @property
    def data(self) -> Form | None:
        """The tensor that holds the input's values."""
        if isinstance(self.input, Packed):
            return self.input.data
        return self.input if isinstance(self.input, Form) else None

    @property
    def sizes(self) -> Sizes | None:
        """Numbers for the axis names, steps and batch read off the input; None without a layout."""
        layout, data = self.layout, self.data
        if layout is None or data is None:
            return None
        if isinstance(self.input, Packed):
            return self.layer.sizes(self.input.steps, self.input.batch, data.shape[0])
        number = dict(zip(self.layer.axes(layout, Slot.INPUT), data.shape, strict=True))
        return self.layer.sizes(number.get("L", 1), number.get("N", 1))
