"""Layers hold what torch returns to the contract, once for every combination, and keep nothing."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import shapeguard
from shapeguard import contract
from shapeguard.contract import Kind
from shapeguard.runtime import check, enforce, reading
from shapeguard.runtime.enforce import TypeCheckError

#: What computes each class in torch, below all that checks shapes.
NATIVE = {
    Kind.RNN: "rnn_tanh",
    Kind.LSTM: "lstm",
    Kind.GRU: "gru",
    Kind.RNN_CELL: "rnn_tanh_cell",
    Kind.LSTM_CELL: "lstm_cell",
    Kind.GRU_CELL: "gru_cell",
}


def example(kind: Kind) -> tuple[nn.Module, Tensor]:
    module: nn.Module = getattr(shapeguard, kind.value)(5, 6)
    return module, torch.randn(3, 5) if kind.is_cell else torch.randn(4, 3, 5)


def cut(value: Any, place: int) -> Any:
    """One tensor of a result without its last feature."""
    if isinstance(value, Tensor):
        return value[..., :-1]
    return tuple(part[..., :-1] if at == place else part for at, part in enumerate(value))


RETURNED = [
    (kind, place)
    for kind in Kind
    for place in range(len(contract.states(kind)) + (not kind.is_cell))
]


@pytest.mark.parametrize(("kind", "place"), RETURNED)
def test_layers_refuse_a_wrong_result_as_output(
    kind: Kind, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tensor that torch returns, in turn."""
    computed = getattr(torch._VF, NATIVE[kind])
    monkeypatch.setattr(torch._VF, NATIVE[kind], lambda *given: cut(computed(*given), place))
    module, given = example(kind)
    for _ in range(2):  # what was refused is not remembered as right
        with pytest.raises(shapeguard.ShapeError, match="output") as caught:
            module(given)
        assert caught.value.slot == "output"
        assert isinstance(caught.value.__cause__, TypeCheckError)
    monkeypatch.undo()
    module(given)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The full checks that run, in order."""
    ran: list[str] = []

    def counting(name: str) -> Callable[..., None]:
        full: Callable[..., None] = getattr(enforce, name)

        def count(*given: Any) -> None:
            ran.append(name)
            full(*given)

        return count

    for name in ("inputs", "outputs"):
        monkeypatch.setattr(enforce, name, counting(name))
    return ran


def test_the_full_check_runs_once_on_every_new_combination(counted: list[str]) -> None:
    module = shapeguard.LSTM(5, 6, num_layers=2)
    given = torch.randn(4, 3, 5)
    _, state = module(given)
    as_list: Any = list(state)  # torch takes it, and documents a tuple
    assert counted == ["inputs", "outputs"]

    def runs(step: Callable[[], object]) -> bool:
        counted.clear()
        step()
        new = list(counted)
        counted.clear()
        step()
        assert counted == [], "a repeated combination is not checked again"
        assert new in ([], ["inputs", "outputs"])
        return bool(new)

    packed = nn.utils.rnn.pack_sequence([torch.randn(4, 5), torch.randn(2, 5)])
    other = nn.utils.rnn.pack_sequence([torch.randn(3, 5), torch.randn(3, 5)])
    assert not runs(lambda: module(torch.randn(4, 3, 5)))
    assert runs(lambda: module(given, state))
    assert not runs(lambda: module(given, as_list))
    assert runs(lambda: module(torch.randn(4, 2, 5)))
    assert runs(lambda: module(torch.randn(7, 3, 5)))
    assert runs(lambda: module(packed))
    assert runs(lambda: module(other)), "as many rows, other steps"
    module.batch_first = True
    assert runs(lambda: module(given))
    module.batch_first = False
    assert not runs(lambda: module(given))
    assert not runs(lambda: module.eval()(given))
    assert runs(lambda: module.double()(given.double()))
    assert runs(lambda: module.to("meta")(given.to("meta", torch.float64)))


def test_what_is_remembered_is_bounded(counted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "LIMIT", 3)
    module = shapeguard.GRU(5, 6)
    for batch in (*range(2, 12), 2):
        module(torch.randn(4, batch, 5))
        assert module._shapeguard is not None
        assert len(module._shapeguard.seen) <= 3
    assert counted.count("inputs") == 11, "what was forgotten is checked again"


def dead(*references: weakref.ref[Any]) -> bool:
    gc.collect()
    return all(reference() is None for reference in references)


@pytest.mark.parametrize("kind", Kind)
def test_no_tensor_outlives_a_check(kind: Kind) -> None:
    module, given = example(kind)
    result = module(given)
    state = result if kind.is_cell else result[1]
    again = module(given, state)
    tensors = [given, *_flat(result), *_flat(again)]
    references = [weakref.ref(tensor) for tensor in tensors]
    del given, result, state, again, tensors
    assert dead(*references)


@pytest.mark.parametrize("diagnosed", [True, False])
def test_no_tensor_outlives_a_failed_check(
    diagnosed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not diagnosed:
        monkeypatch.setattr(check, "diagnose", lambda call: None)
    module = shapeguard.GRU(5, 6)

    def fail() -> list[weakref.ref[Any]]:
        given, state = torch.randn(4, 3, 5), torch.randn(1, 2, 6)
        with pytest.raises(shapeguard.ShapeError):
            module(given, state)
        return [weakref.ref(given), weakref.ref(state)]

    assert dead(*fail())


def _flat(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    else:
        for part in value:
            yield from _flat(part)


THREADS = 8


def in_threads(work: Callable[[int], None]) -> None:
    """Runs the work in eight threads that start together; raises what any of them raised."""
    barrier, failures = threading.Barrier(THREADS), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_threads_do_not_mix_their_bindings() -> None:
    enforce._function.cache_clear()

    def work(number: int) -> None:
        steps, batch, features, hidden = number + 2, number + 3, number + 4, number + 5
        module = nn.LSTM(features, hidden, 2)
        given = torch.zeros(steps, batch, features)
        state = torch.zeros(2, batch, hidden)
        other = torch.zeros(2, batch + 1, hidden)
        call = reading.call(module, given, (state, state))
        result = module(given)
        for _ in range(20):
            enforce.inputs(call, given, (state, state))
            enforce.outputs(call, given, result)
            with pytest.raises(TypeCheckError, match="h_0"):
                enforce.inputs(call, given, (other, state))
            with pytest.raises(TypeCheckError, match="c_n"):
                enforce.outputs(call, given, (result[0], (state, other)))

    in_threads(work)


def test_threads_may_share_a_layer() -> None:
    layer = shapeguard.GRU(5, 6)

    def work(number: int) -> None:
        for steps in range(2, 12):
            output, _ = layer(torch.zeros(steps, number + 2, 5))
            assert output.shape == (steps, number + 2, 6)
            with pytest.raises(shapeguard.ShapeError):
                layer(torch.zeros(steps, number + 2, 5), torch.zeros(1, number + 3, 6))

    in_threads(work)
