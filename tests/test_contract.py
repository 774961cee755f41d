"""The table of documented shapes, held against torch, and the check itself held against mutants.

A shape table that nobody runs is wrong. So every row is compared with what torch accepts and
returns, and every cell of the table is then changed in every way to see that comparison fail.
"""

from __future__ import annotations

import inspect
import itertools
import typing
from collections.abc import Callable, Iterator
from types import MappingProxyType

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from shapeguard import contract
from shapeguard.contract import Axes, AxisName, Kind, Layout, Required, Sizes, Slot

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

LAYER_KINDS = [kind for kind in Kind if not kind.is_cell]
CELL_KINDS = [kind for kind in Kind if kind.is_cell]
# Distinct, and no product of two equals a third, so that no axis passes for another.
L, N, HIN, H, PROJ = 11, 7, 5, 19, 13
LENGTHS = [11, 9, 8, 6, 4, 2, 1]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine cost these small tensors a hundredfold."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def build(kind: Kind, sizes: Sizes, layout: Layout) -> nn.Module:
    if kind.is_cell:
        cell: nn.Module = getattr(nn, kind.value)(sizes.Hin, sizes.H)
        return cell
    layer: nn.Module = getattr(nn, kind.value)(
        sizes.Hin,
        sizes.H,
        num_layers=sizes.K,
        bidirectional=sizes.D == 2,
        batch_first=layout is Layout.BATCH_FIRST,
        **({"proj_size": sizes.proj} if sizes.proj else {}),
    )
    return layer


def make_input(kind: Kind, layout: Layout, sizes: Sizes) -> Tensor | PackedSequence:
    documented = contract.shape(kind, layout, Slot.INPUT, sizes)
    if layout is not Layout.PACKED:
        return torch.randn(documented)
    packed = pack_padded_sequence(torch.randn(L, N, HIN), torch.tensor(LENGTHS))
    assert tuple(packed.data.shape) == documented
    return packed


def returned_by(kind: Kind, result: object) -> dict[Slot, Tensor]:
    """The tensors of a forward result by slot."""
    found: dict[Slot, Tensor] = {}
    state = result
    if not kind.is_cell:
        output, state = typing.cast("tuple[object, object]", result)
        if isinstance(output, PackedSequence):
            output = output.data
        assert isinstance(output, Tensor)
        found[Slot.OUTPUT] = output
    parts = state if isinstance(state, tuple) else (state,)
    for slot, part in zip(contract.states(kind), parts, strict=True):
        assert isinstance(part, Tensor)
        found[slot] = part
    return found


def check_row(kind: Kind, layout: Layout, sizes: Sizes, *, give_state: bool) -> None:
    """Torch accepts what the table says it reads, and returns what the table says it returns."""
    module = build(kind, sizes, layout)
    feed: list[object] = [make_input(kind, layout, sizes)]
    if give_state:
        state = tuple(
            torch.zeros(contract.shape(kind, layout, slot, sizes)) for slot in contract.states(kind)
        )
        feed.append(state if len(state) > 1 else state[0])
    found = returned_by(kind, module(*feed))
    shapes = {slot: tuple(tensor.shape) for slot, tensor in found.items()}
    assert shapes == {slot: contract.shape(kind, layout, slot, sizes) for slot in shapes}


def grid(*, small: bool = False) -> Iterator[tuple[Kind, Layout, Sizes, bool]]:
    directions, layers = ((2,), (3,)) if small else ((1, 2), (1, 2, 3))
    for kind, layout, d, k in itertools.product(LAYER_KINDS, Layout, directions, layers):
        for proj in (0, PROJ) if kind is Kind.LSTM else (0,):
            sizes = Sizes(L=L, N=N, Hin=HIN, H=H, K=k, D=d, proj=proj, S=sum(LENGTHS))
            yield from ((kind, layout, sizes, state) for state in (False, True))
    for kind, layout in itertools.product(CELL_KINDS, (Layout.BATCH_FIRST, Layout.UNBATCHED)):
        yield from ((kind, layout, Sizes(N=N, Hin=HIN, H=H), state) for state in (False, True))


@pytest.mark.parametrize(("kind", "layout", "sizes", "give_state"), list(grid()))
def test_row_is_what_torch_does(kind: Kind, layout: Layout, sizes: Sizes, give_state: bool) -> None:
    check_row(kind, layout, sizes, give_state=give_state)


def check_every_row() -> None:
    for kind, layout, sizes, give_state in grid(small=True):
        check_row(kind, layout, sizes, give_state=give_state)


Table = dict[Slot, dict[Layout, Axes]]
Mutant = tuple[str, Slot, Layout, Axes]


def changes(row: Axes) -> Iterator[Axes]:
    """Every row that differs by one name, one name missing, one more, or two swapped."""
    names = typing.get_args(AxisName)
    for place in range(len(row)):
        yield from ((*row[:place], name, *row[place + 1 :]) for name in names if name != row[place])
        yield (*row[:place], *row[place + 1 :])
    for place in range(len(row) + 1):
        yield from ((*row[:place], name, *row[place:]) for name in names)
    for i, j in itertools.combinations(range(len(row)), 2):
        swapped = list(row)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield tuple(swapped)


def mutants() -> Iterator[Mutant]:
    for name in ("LAYERS", "CELLS"):
        for slot, row in getattr(contract, name).items():
            for layout, documented in row.items():
                yield from ((name, slot, layout, changed) for changed in changes(documented))


def test_every_changed_cell_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    survivors, cells = [], set()
    for name, slot, layout, changed in mutants():
        table: Table = {s: dict(row) for s, row in getattr(contract, name).items()}
        table[slot][layout] = changed
        cells.add((name, slot, layout))
        with monkeypatch.context() as patch:
            patch.setattr(contract, name, MappingProxyType(table))
            try:
                rows = [row for row in grid(small=True) if row[1] is layout]
                for kind, where, sizes, give_state in rows:
                    if kind.is_cell == (name == "CELLS"):
                        check_row(kind, where, sizes, give_state=give_state)
            except (AssertionError, RuntimeError, ValueError, LookupError):
                continue
        survivors.append((name, slot.value, layout.value, changed))
    assert survivors == []
    assert len(cells) == 4 * 4 + 3 * 2


def test_the_unchanged_table_passes_the_check_that_mutants_fail() -> None:
    check_every_row()


def check_order(kind: Kind, k: int, d: int) -> None:
    """The last layer's states stand where the table says, in D*K and in the halves of D*Hout."""
    sizes = Sizes(L=L, N=N, Hin=HIN, H=H, K=k, D=d)
    found = returned_by(kind, build(kind, sizes, Layout.TIME_FIRST)(torch.randn(L, N, HIN)))
    output, h_n = found[Slot.OUTPUT], found[Slot.H]
    ends = {"forward": -1, "backward": 0}
    for half, direction in enumerate(contract.DIRECTIONS[:d]):
        last = output[ends[direction], :, half * H : (half + 1) * H]
        torch.testing.assert_close(last, h_n[contract.state_index(k - 1, half, sizes)])


@pytest.mark.parametrize("kind", LAYER_KINDS)
@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 1), (1, 2), (2, 2), (3, 2)])
def test_orders_are_what_torch_does(kind: Kind, k: int, d: int) -> None:
    check_order(kind, k, d)


@pytest.mark.parametrize("name", ["STATE_ORDER", "DIRECTIONS"])
def test_a_swapped_order_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, name, getattr(contract, name)[::-1])
    with pytest.raises(AssertionError):
        check_order(Kind.GRU, 3, 2)


def test_state_index_counts_all_layers_and_directions() -> None:
    sizes = Sizes(K=3, D=2)
    places = [contract.state_index(k, d, sizes) for k in range(3) for d in range(2)]
    assert places == list(range(6))
    with pytest.raises(IndexError):
        contract.state_index(3, 0, sizes)


def documented_signature(kind: Kind) -> inspect.Signature:
    """nn.RNN, LSTM and GRU run as (*args, **kwargs); what they document is their overload."""
    constructor = getattr(nn, kind.value).__init__
    overloads: list[Callable[..., object]] = list(typing.get_overloads(constructor))
    return inspect.signature(overloads[0] if overloads else constructor)


@pytest.mark.parametrize("kind", Kind)
def test_parameters_are_what_torch_documents(kind: Kind) -> None:
    theirs = [
        (p.name, Required.REQUIRED if p.default is p.empty else p.default)
        for p in list(documented_signature(kind).parameters.values())[1:]
    ]
    assert [(p.name, p.default) for p in contract.parameters(kind)] == theirs


@pytest.mark.parametrize("kind", Kind)
def test_positional_arguments_land_on_the_documented_parameters(kind: Kind) -> None:
    given = {
        "input_size": 5,
        "hidden_size": 19,
        "num_layers": 2,
        "nonlinearity": "relu",
        "bias": False,
        "batch_first": True,
        "dropout": 0.25,
        "bidirectional": True,
        "proj_size": 13,
    }
    names = [p.name for p in contract.parameters(kind) if p.name in given]
    module = getattr(nn, kind.value)(*(given[name] for name in names))
    assert {name: getattr(module, name) for name in names} == {name: given[name] for name in names}


@pytest.mark.parametrize("kind", [Kind.RNN, Kind.GRU])
def test_torch_takes_proj_size_before_device_where_it_documents_none(kind: Kind) -> None:
    """Known difference between the page and the code of torch 2.13: if it goes, so may the note."""
    before = [p.default for p in contract.parameters(kind)[2:-2]]
    with pytest.raises((TypeError, ValueError), match=r"proj_size|'>' not supported|'<' not supp"):
        getattr(nn, kind.value)(5, 19, *before, "cpu")


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(LookupError, match="no output"):
        contract.axes(Kind.GRU_CELL, Layout.BATCH_FIRST, Slot.OUTPUT)
    with pytest.raises(LookupError, match="no c_0"):
        contract.axes("GRU", Layout.TIME_FIRST, Slot.C)
    with pytest.raises(LookupError, match="packed"):
        contract.axes("LSTMCell", Layout.PACKED, Slot.INPUT)
    with pytest.raises(ValueError, match="Transformer"):
        contract.parameters("Transformer")
    with pytest.raises(ValueError, match="proj_size"):
        contract.shape("GRU", Layout.TIME_FIRST, Slot.H, Sizes(proj=3))
    with pytest.raises(ValueError, match="one direction"):
        contract.shape("GRUCell", Layout.BATCH_FIRST, Slot.H, Sizes(D=2))


def test_markdown_shows_every_row() -> None:
    text = contract.markdown()
    for slot, row in contract.LAYERS.items():
        cells = " | ".join(" ".join(documented) for documented in row.values())
        assert f"| {slot.value} | {cells} |" in text
    assert all(f"| {name} |" in text for name in typing.get_args(AxisName))
    assert "c_0" not in contract.markdown([Kind.GRU_CELL])
