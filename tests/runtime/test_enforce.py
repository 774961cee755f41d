"""jaxtyping and beartype hold every call to the rows of the contract, and only to these."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

import shapeguard
from shapeguard import contract
from shapeguard.contract import Axes, Kind, Layout, Sizes, Slot
from shapeguard.runtime import enforce, reading
from shapeguard.runtime.enforce import TypeCheckError
from tests.test_contract import HIN, LENGTHS, PROJ, H, L, N, build, changes, grid, make_input

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

Case = tuple[Kind, Layout, Sizes, bool]
SMALL = [case for case in grid(small=True) if case[3]]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def identify(value: object) -> str | None:
    if isinstance(value, (Kind, Layout, Slot)):
        return value.name
    if isinstance(value, Sizes):
        return f"D{value.D}-K{value.K}-proj{value.proj}"
    return None


each_small = pytest.mark.parametrize(("kind", "layout", "sizes", "state"), SMALL, ids=identify)


class Example:
    """A right call of one class: the module, what goes in and what comes out, by name."""

    def __init__(self, kind: Kind, layout: Layout, sizes: Sizes, give_state: bool = True) -> None:
        self.kind = kind
        self.module = build(kind, sizes, layout)
        self.input = make_input(kind, layout, sizes)
        self.states = {
            name: torch.zeros(contract.shape(kind, layout, slot, sizes))
            for name, slot in zip(("h_0", "c_0"), contract.states(kind), strict=False)
            if give_state
        }
        self.call = reading.call(self.module, self.input, self.hx())
        self.result: Any = self.module(self.input, self.hx())

    @property
    def last(self) -> int:
        """The place of the input's features."""
        data = self.input.data if isinstance(self.input, PackedSequence) else self.input
        return data.dim() - 1

    def hx(self, **instead: Any) -> Any:
        states = {**self.states, **instead}
        return tuple(states.values()) if len(states) > 1 else next(iter(states.values()), None)

    def returned(self) -> dict[str, Any]:
        if self.kind.is_cell:
            output, states = {}, self.result
        else:
            output, states = {"output": self.result[0]}, self.result[1]
        parts = states if isinstance(states, tuple) else (states,)
        return output | dict(zip(("h_n", "c_n"), parts, strict=False))

    def hold_inputs(self, **instead: Any) -> None:
        given = instead.pop("input", self.input)
        enforce.inputs(self.call, given, self.hx(**instead))

    def hold_outputs(self, **instead: Any) -> None:
        found = {**self.returned(), **instead}
        output = (found.pop("output"),) if "output" in found else ()
        states = tuple(found.values()) if len(found) > 1 else next(iter(found.values()))
        enforce.outputs(self.call, self.input, (*output, states) if output else states)

    def tensors(self) -> Iterator[tuple[str, Callable[..., None], Any]]:
        yield "input", self.hold_inputs, self.input
        yield from ((name, self.hold_inputs, tensor) for name, tensor in self.states.items())
        yield from ((name, self.hold_outputs, found) for name, found in self.returned().items())


def wrong(right: Any) -> Iterator[tuple[str, Any]]:
    """Values that differ from a right one: in one axis, in order, rank, dtype or type."""
    if isinstance(right, PackedSequence):
        yield from ((what, right._replace(data=data)) for what, data in wrong(right.data))
        return
    shape = tuple(right.shape)
    for axis, by in itertools.product(range(len(shape)), (-1, 1)):
        yield (
            f"axis {axis} {by:+}",
            torch.zeros(*shape[:axis], shape[axis] + by, *shape[axis + 1 :]),
        )
    for one, other in itertools.combinations(range(len(shape)), 2):
        yield f"axes {one} and {other} swapped", right.transpose(one, other)
    for axis in range(len(shape) + 1):
        yield f"one more axis at {axis}", right.unsqueeze(axis)
    yield "one axis less", right[0]
    yield "all in one axis", right.flatten() if len(shape) > 1 else right.reshape(1, -1)
    for dtype in (torch.int64, torch.uint8, torch.bool):
        yield str(dtype), right.to(dtype)
    yield "a list", right.tolist()
    yield "an array", right.detach().numpy()
    yield "nothing", None


def refuses(hold: Callable[..., None], *values: Any) -> bool:
    try:
        hold(*values)
    except TypeCheckError:
        return True
    return False


@pytest.mark.parametrize(("kind", "layout", "sizes", "state"), list(grid()), ids=identify)
def test_right_calls_pass(kind: Kind, layout: Layout, sizes: Sizes, state: bool) -> None:
    example = Example(kind, layout, sizes, state)
    assert example.call.layout is layout
    example.hold_inputs()
    example.hold_outputs()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_every_floating_dtype_passes(dtype: torch.dtype, device: str) -> None:
    module = nn.LSTM(5, 6, device=device, dtype=dtype)
    given = torch.zeros(4, 3, 5, device=device, dtype=dtype)
    result = module(given)
    call = reading.call(module, given, result[1])
    enforce.inputs(call, given, result[1])
    enforce.outputs(call, given, result)


@each_small
def test_every_difference_is_refused_by_name(
    kind: Kind, layout: Layout, sizes: Sizes, state: bool
) -> None:
    example = Example(kind, layout, sizes, state)
    seen = 0
    for name, hold, right in example.tensors():
        for what, value in wrong(right):
            if name in ("input", "h_0", "c_0") and example.hx(**{name: value}) is None:
                continue  # hx=None is right
            if name == "h_0" and what == "an array" and len(example.states) == 1:
                hold(**{name: value})  # hx of a type that is not known is left to torch
                continue
            with pytest.raises(TypeCheckError) as caught:
                hold(**{name: value})
            assert f"parameter '{name}'" in str(caught.value), what
            seen += 1
    assert seen > 10 * len(list(example.tensors()))


@each_small
def test_an_input_of_another_size_does_not_go_with_the_rest(
    kind: Kind, layout: Layout, sizes: Sizes, state: bool
) -> None:
    """Steps and batch are what the input says; then it is the states or the output that differ."""
    example = Example(kind, layout, sizes, state)
    data = example.input.data if isinstance(example.input, PackedSequence) else example.input
    for axis in range(data.dim()):
        shape = [size + (place == axis) for place, size in enumerate(data.shape)]
        other: Any = torch.zeros(shape)
        if isinstance(example.input, PackedSequence):
            other = example.input._replace(data=other)
        call = reading.call(example.module, other, example.hx())
        assert refuses(enforce.inputs, call, other, example.hx()) or refuses(
            enforce.outputs, call, other, example.result
        )


def test_a_packed_batch_binds_the_states() -> None:
    module = nn.GRU(5, 6)
    packed = nn.utils.rnn.pack_sequence([torch.zeros(4, 5), torch.zeros(2, 5)])
    call = reading.call(module, packed, None)
    enforce.inputs(call, packed, torch.zeros(1, 2, 6))
    with pytest.raises(TypeCheckError, match="h_0"):
        enforce.inputs(call, packed, torch.zeros(1, 3, 6))


@pytest.mark.parametrize(("kind", "given"), [("LSTM", 1), ("LSTM", 3), ("LSTMCell", 3)])
def test_another_number_of_states_is_refused(kind: str, given: int) -> None:
    module = getattr(nn, kind)(5, 6)
    step = torch.zeros(3, 5) if kind == "LSTMCell" else torch.zeros(4, 3, 5)
    shape = (3, 6) if kind == "LSTMCell" else (1, 3, 6)
    states = (torch.zeros(shape),) * given
    with pytest.raises(TypeCheckError, match="c_0"):
        enforce.inputs(reading.call(module, step, states), step, states)


@pytest.mark.parametrize("kind", [kind for kind in Kind if len(contract.states(kind)) == 1])
def test_a_tuple_is_no_single_state(kind: Kind) -> None:
    example = Example(kind, Layout.UNBATCHED, Sizes(L=L, Hin=HIN, H=H))
    with pytest.raises(TypeCheckError, match="h_0"):
        enforce.inputs(example.call, example.input, (example.states["h_0"],))


@pytest.mark.parametrize("kind", ["LSTM", "LSTMCell"])
def test_a_stack_of_both_states_passes_where_torch_takes_it(kind: str) -> None:
    module = getattr(shapeguard, kind)(5, 6)
    step, shape = (torch.randn(5), (2, 6)) if kind == "LSTMCell" else (torch.randn(4, 5), (2, 1, 6))
    stack = torch.randn(shape)
    call = reading.call(module, step, stack)
    enforce.inputs(call, step, stack)
    with pytest.raises(TypeCheckError):
        enforce.inputs(call, step, torch.randn(3, *shape[1:]))


@pytest.mark.parametrize("result", [(), (1,), None, torch.zeros(3), (torch.zeros(4, 3, 6),) * 3])
def test_results_of_another_structure_are_refused(result: Any) -> None:
    module, given = nn.LSTM(5, 6), torch.zeros(4, 3, 5)
    with pytest.raises(TypeCheckError):
        enforce.outputs(reading.call(module, given, None), given, result)


def test_an_input_without_a_layout_is_left_to_the_diagnosis() -> None:
    module, given = nn.LSTM(5, 6), torch.zeros(1, 4, 3, 5)
    call = reading.call(module, given, None)
    assert call.layout is None
    enforce.inputs(call, given, None)


def mutants() -> Iterator[tuple[str, Slot, Layout, Axes]]:
    for name in ("LAYERS", "CELLS"):
        for slot, row in getattr(contract, name).items():
            for layout, documented in row.items():
                yield from ((name, slot, layout, changed) for changed in changes(documented))


def widest(table: str, layout: Layout) -> Example:
    """A class with all the slots of the table, and sizes of which no two are equal."""
    if table == "CELLS":
        return Example(Kind.LSTM_CELL, layout, Sizes(N=N, Hin=HIN, H=H))
    sizes = Sizes(L=L, N=N, Hin=HIN, H=H, K=3, D=2, proj=PROJ, S=sum(LENGTHS))
    return Example(Kind.LSTM, layout, sizes)


def noticed(example: Example, layout: Layout) -> bool:
    """Whether right calls are refused, or an input of the wrong size is not."""
    if example.call.layout is not layout:
        return True
    if refuses(example.hold_inputs) or refuses(example.hold_outputs):
        return True
    other = next(value for what, value in wrong(example.input) if what == f"axis {example.last} +1")
    call = reading.call(example.module, other, example.hx())
    return not refuses(enforce.inputs, call, other, example.hx())


@pytest.mark.slow
def test_every_changed_cell_of_the_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = {
        (table, layout): widest(table, layout)
        for table in ("LAYERS", "CELLS")
        for layout in getattr(contract, table)[Slot.INPUT]
    }
    survivors, cells = [], set()
    for table, slot, layout, changed in mutants():
        example = examples[table, layout]
        numbers = example.call.sizes and example.call.sizes.numbers
        assert numbers
        documented = getattr(contract, table)[slot][layout]
        if [numbers[axis] for axis in changed] == [numbers[axis] for axis in documented]:
            continue  # of one size in this class: Hout and Hcell in a Cell
        rows = {known: dict(row) for known, row in getattr(contract, table).items()}
        rows[slot][layout] = changed
        with monkeypatch.context() as patch:
            patch.setattr(contract, table, MappingProxyType(rows))
            enforce._function.cache_clear()
            cells.add((table, slot, layout))
            if not noticed(example, layout):
                survivors.append((table, slot.name, layout.name, changed))
    enforce._function.cache_clear()
    assert survivors == []
    assert len(cells) == 4 * 4 + 3 * 2
    assert not any(noticed(example, layout) for (_, layout), example in examples.items())
