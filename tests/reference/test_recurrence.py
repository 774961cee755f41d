"""The NumPy recurrences equal torch in float64, over kinds, layouts, depth, packing and state."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from shapeguard.contract import Kind, Layout, Sizes, Slot, shape, states
from shapeguard.reference.packing import pack, unpack
from shapeguard.reference.recurrence import Array, Weights, cell, layer, read, sizes_of

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

TOLERANCE = 1e-10
N, L, HIN, H, PROJ = 7, 11, 5, 4, 3
LENGTHS = [4, 11, 1, 9, 9, 2, 6]
LAYERS = [Kind.RNN, Kind.LSTM, Kind.GRU]
CELLS = [Kind.RNN_CELL, Kind.LSTM_CELL, Kind.GRU_CELL]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def array(tensor: Tensor) -> Array:
    return np.asarray(tensor.detach().numpy(), dtype=np.float64)


def weights_of(module: nn.Module) -> Weights:
    return {name: array(weight) for name, weight in module.state_dict().items()}


def build(kind: Kind, sizes: Sizes, **options: Any) -> nn.Module:
    if sizes.proj:
        options["proj_size"] = sizes.proj
    if not kind.is_cell:
        options |= {"num_layers": sizes.K, "bidirectional": sizes.D == 2}
    module: nn.Module = getattr(nn, kind.value)(sizes.Hin, sizes.H, dtype=torch.float64, **options)
    with torch.no_grad():
        for weight in module.parameters():
            weight.mul_(2.0)  # so that gates leave their linear part
    return module


def random_state(kind: Kind, layout: Layout, sizes: Sizes) -> Any:
    made = tuple(
        torch.randn(shape(kind, layout, slot, sizes), dtype=torch.float64) for slot in states(kind)
    )
    return made if len(made) > 1 else made[0]


def arrays(state: Any) -> Any:
    return tuple(map(array, state)) if isinstance(state, tuple) else array(state)


def parts(state: Any) -> tuple[Tensor, Tensor | None]:
    return state if isinstance(state, tuple) else (state, None)


def assert_equal(ours: Array | None, theirs: Tensor | None) -> None:
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        assert ours.shape == tuple(theirs.shape)
        assert np.abs(ours - array(theirs)).max() < TOLERANCE


def compare_layer(
    kind: Kind, layout: Layout, sizes: Sizes, given_state: bool, **options: Any
) -> None:
    batch_first = layout is Layout.BATCH_FIRST
    module = build(kind, sizes, batch_first=batch_first, **options)
    x = torch.randn(shape(kind, layout, Slot.INPUT, sizes), dtype=torch.float64)
    state = random_state(kind, layout, sizes) if given_state else None
    output, end = module(x, state)
    ours = layer(
        kind,
        weights_of(module),
        array(x),
        None if state is None else arrays(state),
        batch_first=batch_first,
        nonlinearity=options.get("nonlinearity", "tanh"),
    )
    for mine, theirs in zip(ours, (output, *parts(end)), strict=True):
        assert_equal(mine, theirs)


def compare_packed(kind: Kind, sizes: Sizes, lengths: list[int], given_state: bool) -> None:
    module = build(kind, sizes)
    batch = torch.randn(len(lengths), max(lengths), sizes.Hin, dtype=torch.float64)
    packed = pack_padded_sequence(
        batch, torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    state = random_state(kind, Layout.TIME_FIRST, sizes) if given_state else None
    output, end = module(packed, state)
    order = packed.sorted_indices.tolist() if packed.sorted_indices is not None else None
    padded, found = unpack(array(packed.data), packed.batch_sizes.tolist(), order)
    assert found.tolist() == lengths
    assert np.array_equal(pack(padded, lengths, order), array(packed.data))
    h_0, c_0 = (None, None) if state is None else parts(state)
    ours = read(
        kind,
        weights_of(module),
        padded,
        lengths=lengths,
        h_0=None if h_0 is None else array(h_0),
        c_0=None if c_0 is None else array(c_0),
    )
    h_n, c_n = parts(end)
    assert_equal(pack(ours.output, lengths, order), output.data)
    assert_equal(ours.h_n, h_n)
    assert_equal(ours.c_n, c_n)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("layout", [Layout.TIME_FIRST, Layout.BATCH_FIRST, Layout.UNBATCHED])
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (3, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given_state", [True, False])
def test_layers(
    kind: Kind, layout: Layout, layers: int, directions: int, bias: bool, given_state: bool
) -> None:
    sizes = Sizes(L=L, N=N, Hin=HIN, H=H, K=layers, D=directions)
    compare_layer(kind, layout, sizes, given_state, bias=bias)


@pytest.mark.parametrize("layout", [Layout.TIME_FIRST, Layout.BATCH_FIRST, Layout.UNBATCHED])
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (3, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("given_state", [True, False])
def test_projection(layout: Layout, layers: int, directions: int, given_state: bool) -> None:
    sizes = Sizes(L=L, N=N, Hin=HIN, H=H, K=layers, D=directions, proj=PROJ)
    compare_layer(Kind.LSTM, layout, sizes, given_state)


@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (2, 2)])
def test_relu(layers: int, directions: int) -> None:
    sizes = Sizes(L=L, N=N, Hin=HIN, H=H, K=layers, D=directions)
    compare_layer(Kind.RNN, Layout.TIME_FIRST, sizes, True, nonlinearity="relu")


@pytest.mark.parametrize(("kind", "proj"), [*((k, 0) for k in LAYERS), (Kind.LSTM, PROJ)])
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (3, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("given_state", [True, False])
def test_packed(kind: Kind, proj: int, layers: int, directions: int, given_state: bool) -> None:
    sizes = Sizes(N=N, Hin=HIN, H=H, K=layers, D=directions, proj=proj)
    compare_packed(kind, sizes, LENGTHS, given_state)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("layout", [Layout.BATCH_FIRST, Layout.UNBATCHED])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given_state", [True, False])
def test_cells(kind: Kind, layout: Layout, bias: bool, given_state: bool) -> None:
    sizes = Sizes(N=N, Hin=HIN, H=H)
    for options in [{}, {"nonlinearity": "relu"}] if kind is Kind.RNN_CELL else [{}]:
        module = build(kind, sizes, bias=bias, **options)
        x = torch.randn(shape(kind, layout, Slot.INPUT, sizes), dtype=torch.float64)
        state = random_state(kind, layout, sizes) if given_state else None
        theirs = parts(module(x, state))
        given_arrays = None if state is None else arrays(state)
        ours = cell(kind, weights_of(module), array(x), given_arrays, **options)
        for mine, other in zip(ours, theirs, strict=True):
            assert_equal(mine, other)


small = st.integers(1, 4)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(LAYERS),
    layout=st.sampled_from([Layout.TIME_FIRST, Layout.BATCH_FIRST, Layout.UNBATCHED]),
    sizes=st.builds(
        Sizes, L=small, N=small, Hin=small, H=st.integers(2, 5), K=small, D=st.integers(1, 2)
    ),
    given_state=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_layer(kind: Kind, layout: Layout, sizes: Sizes, given_state: bool, seed: int) -> None:
    torch.manual_seed(seed)
    compare_layer(kind, layout, sizes, given_state)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(LAYERS),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    layers=small,
    directions=st.integers(1, 2),
    given_state=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_packed_batch(
    kind: Kind, lengths: list[int], layers: int, directions: int, given_state: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    sizes = Sizes(N=len(lengths), Hin=HIN, H=H, K=layers, D=directions)
    compare_packed(kind, sizes, lengths, given_state)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (2, 2)])
def test_summaries(kind: Kind, layers: int, directions: int) -> None:
    """The last step is the final state of one direction, and differs from it with two."""
    module = build(kind, Sizes(Hin=HIN, H=H, K=layers, D=directions))
    x = np.random.default_rng(0).normal(size=(N, L, HIN))
    found = read(kind, weights_of(module), x, lengths=LENGTHS)
    for i, length in enumerate(LENGTHS):
        assert np.array_equal(found.last_step[i], found.output[i, length - 1])
        assert not found.output[i, length:].any()
    assert np.array_equal(found.last_step[:, :H], found.final_state[:, :H])
    backward = found.output[:, 0, H:]
    assert np.array_equal(backward, found.final_state[:, H:])
    assert np.array_equal(found.last_step, found.final_state) == (directions == 1)


def test_sizes_are_read_from_the_weights() -> None:
    for kind, proj in itertools.chain(((k, 0) for k in LAYERS), [(Kind.LSTM, PROJ)]):
        sizes = Sizes(Hin=HIN, H=H, K=3, D=2, proj=proj)
        assert sizes_of(kind, weights_of(build(kind, sizes))) == sizes


def test_initial_state_is_not_changed() -> None:
    module = build(Kind.GRU, Sizes(Hin=HIN, H=H))
    h_0 = np.ones((1, N, H))
    read(Kind.GRU, weights_of(module), np.ones((N, L, HIN)), h_0=h_0)
    assert (h_0 == 1).all()
