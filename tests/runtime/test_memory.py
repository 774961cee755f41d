"""No tensor is kept alive, and what is remembered is bounded."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import shapeguard
from shapeguard import ShapeError, ShapeWarning
from shapeguard.runtime import check, everywhere
from shapeguard.runtime.check import Checker
from shapeguard.runtime.guard import passed_over
from shapeguard.runtime.hooks import Hook, hook_of

T, N, F, H = 7, 3, 5, 6
WAYS = ["annotated", "guard(model)", "guard()"]


@pytest.fixture(params=WAYS)
def layer(request: pytest.FixtureRequest) -> Iterator[nn.Module]:
    """An LSTM whose calls are checked."""
    if request.param == "annotated":
        yield shapeguard.LSTM(F, H)
        return
    made = nn.LSTM(F, H)
    with shapeguard.guard(made) if request.param == "guard(model)" else shapeguard.guard():
        yield made


@pytest.fixture(autouse=True)
def _without_the_garbage_collector() -> Iterator[None]:
    """Tensors must die with their last name, not with the next collection."""
    gc.disable()
    yield
    gc.enable()


def checker(layer: nn.Module) -> Checker:
    found = layer.__dict__.get("_shapeguard") or hook_of(layer) or everywhere._checkers.get(layer)
    assert isinstance(found, Checker)
    return found


def watched(*tensors: Tensor) -> list[ref[Tensor]]:
    return [ref(tensor) for tensor in tensors]


def alive(refs: list[ref[Tensor]]) -> list[tuple[int, ...]]:
    return [tuple(tensor.shape) for made in refs if (tensor := made()) is not None]


def state(batch: int = N) -> tuple[Tensor, Tensor]:
    return torch.zeros(1, batch, H), torch.zeros(1, batch, H)


def test_input_state_and_output_die_after_a_new_call_and_a_repeat(layer: nn.Module) -> None:
    for _ in range(3):
        x, (h, c) = torch.zeros(T, N, F), state()
        output, (h_n, c_n) = layer(x, (h, c))
        refs = watched(x, h, c, output, h_n, c_n)
        del x, h, c, output, h_n, c_n
        assert not alive(refs)


def test_packed_sequences_die(layer: nn.Module) -> None:
    for _ in range(3):
        packed = pack_padded_sequence(torch.zeros(T, N, F), torch.tensor([7, 5, 2]))
        output, (h_n, _) = layer(packed)
        assert isinstance(output, PackedSequence)
        refs = watched(packed.data, packed.batch_sizes, output.data, h_n)
        del packed, output, h_n, _
        assert not alive(refs)


def test_tensors_of_a_wrong_call_die_once_the_error_is_handled(layer: nn.Module) -> None:
    def wrong(x: Tensor, h: Tensor, c: Tensor) -> str:
        try:
            layer(x, (h, c))
        except ShapeError as error:
            return str(error)
        raise AssertionError("nothing was wrong")

    for size, batch in ((F + 1, N), (F, N + 1)):
        x, (h, c) = torch.zeros(T, N, size), state(batch)
        refs = watched(x, h, c)
        assert wrong(x, h, c)
        del x, h, c
        assert not alive(refs)


def test_tensors_die_though_the_function_that_handled_the_error_goes_on(layer: nn.Module) -> None:
    x = torch.zeros(T, N, F + 1)
    refs = watched(x)
    try:
        layer(x)
    except ShapeError:
        del x
    assert not alive(refs)


def test_an_error_that_is_kept_without_its_traceback_holds_no_tensor(layer: nn.Module) -> None:
    kept: list[ShapeError] = []
    x = torch.zeros(T, N, F + 1)
    refs = watched(x)
    try:
        layer(x)
    except ShapeError as error:
        kept.append(error.with_traceback(None))
    del x
    assert not alive(refs)
    assert kept[0].got == (T, N, F + 1)


def test_tensors_of_a_call_that_is_warned_of_die(layer: nn.Module) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        x = torch.zeros(T, F)
        output, _ = layer(x)
        refs = watched(x, output)
        del x, output, _
    assert isinstance(heard[0].message, ShapeWarning)
    assert not alive(refs)


@pytest.mark.parametrize("error", [KeyError("mine"), KeyboardInterrupt()], ids=repr)
def test_tensors_of_a_forward_that_raises_die(layer: nn.Module, error: BaseException) -> None:
    def check_forward_args(*_: Any) -> None:
        raise error.with_traceback(None)

    layer.__dict__["check_forward_args"] = check_forward_args
    x, (h, c) = torch.zeros(T, N, F), state()
    refs = watched(x, h, c)
    try:
        layer(x, (h, c))
    except type(error):
        error.__traceback__ = None
    del x, h, c
    assert not alive(refs)


def test_wrong_packing_keeps_nothing() -> None:
    x, lengths = torch.zeros(T, N, F), torch.tensor([9, 5, 2])
    refs = watched(x, lengths)
    with shapeguard.guard():
        try:
            pack_padded_sequence(x, lengths)
        except ShapeError:
            pass
        else:
            raise AssertionError("nothing was wrong")
    del x, lengths
    assert not alive(refs)


def test_thousands_of_shapes_are_remembered_up_to_the_limit(
    layer: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "LIMIT", 20)
    sizes = set()
    for steps in range(2, 102):
        layer(torch.zeros(steps, 1, F))
        sizes.add(len(checker(layer).seen))
    assert max(sizes) == 20
    with pytest.raises(ShapeError):
        layer(torch.zeros(T, N, F + 1))


def test_wrong_calls_are_not_remembered(layer: nn.Module) -> None:
    for size in range(F + 1, F + 50):
        with pytest.raises(ShapeError):
            layer(torch.zeros(T, N, size))
    assert not checker(layer).seen


@pytest.mark.slow
def test_the_limit_holds_as_it_is(layer: nn.Module) -> None:
    for steps in range(2, 3 * check.LIMIT):
        layer(torch.zeros(steps, 1, F, device="cpu"))
    assert 0 < len(checker(layer).seen) <= check.LIMIT


def test_what_is_remembered_holds_no_tensor(layer: nn.Module) -> None:
    layer(torch.zeros(T, N, F), state())
    layer(torch.zeros(T, F), (torch.zeros(1, H), torch.zeros(1, H)))
    pending: list[object] = [checker(layer)]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if id(value) in seen or isinstance(value, type):
            continue
        seen.add(id(value))
        assert not isinstance(value, (Tensor, nn.Module))
        if type(value).__module__.partition(".")[0] in {"builtins", "shapeguard", "torch"}:
            pending += gc.get_referents(value)


@pytest.mark.parametrize(
    "hold", [shapeguard.guard, lambda model: shapeguard.guard()], ids=["guard(model)", "guard()"]
)
def test_a_model_dies_while_its_guard_holds(
    hold: Callable[[nn.Module], shapeguard.Guard],
) -> None:
    model = nn.Sequential(nn.LSTM(F, H))
    held = hold(model)
    model(torch.zeros(T, N, F))
    gone = ref(model[0])
    hooks, known = len(Hook.alive), len(everywhere._checkers)
    del model
    assert gone() is None
    assert (len(Hook.alive), len(everywhere._checkers)) in {(hooks - 1, known), (hooks, known - 1)}
    held.remove()


def test_what_a_guard_leaves_alone_dies_too() -> None:
    class Own(nn.GRU):
        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            return x

    model = nn.ModuleList([nn.GRU(F, H), Own(F, H)])
    held = shapeguard.guard(model)
    assert len(passed_over) == 1
    del model
    assert not passed_over
    held.remove()


def test_annotated_layers_die_with_their_last_name() -> None:
    made = shapeguard.LSTM(F, H)
    made(torch.zeros(T, N, F))
    gone = ref(made)
    del made
    assert gone() is None
