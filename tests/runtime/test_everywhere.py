"""guard() without a model: every call inside of the block, and torch as it was after it."""

from __future__ import annotations

import copy
import inspect
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import rnn

import shapeguard
from shapeguard import ShapeError
from shapeguard.runtime import everywhere, packing
from shapeguard.runtime.reading import CLASSES

T, N, F, H = 7, 3, 5, 6
ORIGINALS = {cls: cls.__dict__["forward"] for cls in CLASSES}
PACKING = {
    name: (getattr(rnn, name), getattr(rnn, name).__code__)
    for name in ("pack_padded_sequence", "pad_packed_sequence", "pad_sequence", "pack_sequence")
}


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(F, H)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.rnn(x)[0]
        return output


class OwnForward(nn.LSTM):
    def forward(self, x: Tensor) -> Any:  # type: ignore[override]
        return super().forward(x.flatten(2))


def right() -> Tensor:
    return torch.zeros(T, N, F)


def wrong() -> Tensor:
    return torch.zeros(T, N, F + 1)


def untouched() -> bool:
    return all(cls.__dict__["forward"] is ORIGINALS[cls] for cls in CLASSES) and all(
        getattr(rnn, name) is function and function.__code__ is code
        for name, (function, code) in PACKING.items()
    )


def raises_torchs_own(layer: nn.Module) -> bool:
    try:
        layer(wrong())
    except RuntimeError as error:
        return not isinstance(error, ShapeError)
    return False


@pytest.fixture(autouse=True)
def _torch_is_as_it_was() -> Iterator[None]:
    yield
    assert everywhere.holders() == 0
    assert untouched()


def test_every_call_inside_is_checked_and_none_outside() -> None:
    before: nn.Module = nn.LSTM(F, H)
    after = nn.GRU(F, H)
    assert raises_torchs_own(before)
    with shapeguard.guard():
        inside: nn.Module = nn.RNN(F, H)
        for layer in (before, inside):
            with pytest.raises(ShapeError):
                layer(wrong())
            layer(right())
        with pytest.raises(ShapeError):
            nn.GRUCell(F, H)(torch.zeros(N, F + 1))
    assert untouched()
    for layer in (before, inside, after):
        assert raises_torchs_own(layer)


def test_a_module_called_outside_first_is_checked_inside() -> None:
    layer = nn.LSTM(F, H)
    layer(right())
    with shapeguard.guard():
        layer(right())
        with pytest.raises(ShapeError):
            layer(wrong())
    layer(right())
    with shapeguard.guard(), pytest.raises(ShapeError):
        layer(wrong())


def test_a_call_of_forward_itself_is_checked() -> None:
    layer = nn.LSTM(F, H)
    with shapeguard.guard(), pytest.raises(ShapeError):
        layer.forward(wrong())


def test_blocks_nest_and_the_last_to_end_restores() -> None:
    layer = nn.LSTM(F, H)
    outer = shapeguard.guard()
    inner = shapeguard.guard()
    outer.remove()
    outer.remove()
    with pytest.raises(ShapeError):
        layer(wrong())
    assert shapeguard.status().everywhere
    inner.remove()
    assert untouched()
    assert not shapeguard.status().everywhere
    assert raises_torchs_own(layer)


def test_a_copy_of_the_handle_holds_nothing() -> None:
    with shapeguard.guard() as held:
        copy.deepcopy(held).remove()
        assert everywhere.holders() == 1
    assert "nothing" in repr(held)


def test_an_exception_in_the_block_passes_and_restores() -> None:
    with pytest.raises(KeyError), shapeguard.guard():
        nn.LSTM(F, H)({"x": right()}["no such input"])
    assert untouched()


def test_threads_started_before_and_inside_are_checked() -> None:
    layer = nn.LSTM(F, H)
    started, go = threading.Event(), threading.Event()
    found: list[BaseException] = []

    def work() -> None:
        started.set()
        go.wait(30)
        try:
            layer(wrong())
        except RuntimeError as error:
            found.append(error)

    early = threading.Thread(target=work)
    early.start()
    started.wait(30)
    with shapeguard.guard():
        late = threading.Thread(target=work)
        late.start()
        go.set()
        early.join()
        late.join()
    assert [type(error) for error in found] == [ShapeError, ShapeError]


def test_many_threads_may_guard_and_call_at_once() -> None:
    layer = nn.LSTM(F, H)

    def work(number: int) -> None:
        for steps in range(2, 20):
            with shapeguard.guard():
                layer(torch.zeros(steps, 1 + number, F))
                with pytest.raises(ShapeError):
                    layer(torch.zeros(steps, 1 + number, F + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert untouched()


def test_what_calls_torchs_forward_is_covered_and_may_take_what_it_likes() -> None:
    layer = OwnForward(4, H)
    with shapeguard.guard():
        layer(torch.zeros(T, N, 2, 2))
        with pytest.raises(ShapeError) as caught:
            layer(torch.zeros(T, N, 2, 3))
    assert caught.value.place is not None
    assert caught.value.place.source == "return super().forward(x.flatten(2))"


def test_a_module_has_the_name_that_its_model_gives_it() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoders = nn.ModuleList([nn.Sequential(nn.Identity(), Encoder())])

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.encoders[0](x)
            return result

    model = Model()
    with shapeguard.guard():
        with pytest.raises(ShapeError) as caught:
            model(wrong())
        assert caught.value.layer == "Model.encoders.0.1.rnn (LSTM)"
        with pytest.raises(ShapeError) as caught:
            nn.Sequential(nn.Identity(), model)(wrong())
        assert caught.value.layer == "Model.encoders.0.1.rnn (LSTM)"
        with pytest.raises(ShapeError) as caught:
            nn.Sequential(nn.Identity(), nn.LSTM(F, H))(wrong())
        assert caught.value.layer == "Sequential.1 (LSTM)"
        with pytest.raises(ShapeError) as caught:
            nn.LSTM(F, H)(wrong())
        assert caught.value.layer == f"LSTM({F}, {H})"


def test_annotated_layers_have_that_name_too_and_the_cure_uses_it() -> None:
    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = shapeguard.GRU(F, H)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.rnn(x)[0]
            return output

    with pytest.raises(ShapeError) as caught:
        Decoder()(wrong())
    assert caught.value.layer == "Decoder.rnn (GRU)"


def test_with_guarded_and_annotated_modules_each_mistake_is_told_once() -> None:
    model: Any = nn.ModuleDict(
        {"plain": nn.LSTM(F, H), "ours": shapeguard.LSTM(F, H), "held": nn.LSTM(F, H)}
    )
    with shapeguard.guard(model["held"]), shapeguard.guard():
        for layer in model.values():
            with pytest.raises(ShapeError) as caught:
                layer(wrong())
            assert caught.value.__context__ is None
            assert caught.value.__cause__ is None
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                layer(torch.zeros(T, F))  # two axes
                layer(torch.zeros(T, F))
            assert len(heard) == 1


def test_signatures_names_and_messages_of_wrong_arguments_stay_torchs() -> None:
    layer = nn.LSTM(F, H)
    bare_calls: list[Callable[[], object]] = [
        lambda: layer(),
        lambda: layer(1, 2, 3),
        lambda: layer(right(), h0=None),
    ]
    bare = []
    for call in bare_calls:
        with pytest.raises(TypeError) as caught:
            call()
        bare.append(str(caught.value))
    signature = inspect.signature(nn.LSTM.forward)
    with shapeguard.guard():
        assert inspect.signature(nn.LSTM.forward) == signature
        assert nn.LSTM.forward.__qualname__ == "LSTM.forward"
        for call, text in zip(bare_calls, bare, strict=True):
            with pytest.raises(TypeError) as caught:
                call()
            assert str(caught.value) == text


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_torch_jit_script_compiles_inside_of_the_block(cls: type[nn.Module]) -> None:
    layer: Any = cls
    model = nn.Sequential(layer(F, H))
    input = torch.zeros(N, F) if issubclass(cls, nn.RNNCellBase) else right()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with shapeguard.guard():
            scripted = torch.jit.script(model)
    want, got = model(input), scripted(input)
    pairs = zip(
        torch.utils._pytree.tree_leaves(want), torch.utils._pytree.tree_leaves(got), strict=True
    )
    assert all(torch.equal(one, other) for one, other in pairs)


def test_results_and_gradients_are_torchs() -> None:
    layer = nn.LSTM(F, H, num_layers=2, bidirectional=True)
    x = torch.randn(T, N, F)
    layer(x)[0].sum().backward()
    want = [parameter.grad for parameter in layer.parameters()]
    layer.zero_grad()
    with shapeguard.guard():
        layer(x)[0].sum().backward()
    for parameter, grad in zip(layer.parameters(), want, strict=True):
        assert grad is not None
        assert parameter.grad is not None
        assert torch.equal(parameter.grad, grad)


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_failure_in_the_middle_installs_nothing(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = packing.install

    def fails() -> None:
        if where == "after":
            install()
        raise OSError("no packing")

    monkeypatch.setattr(packing, "install", fails)
    with pytest.raises(OSError, match="no packing"):
        shapeguard.guard()
    assert untouched()
    assert everywhere.holders() == 0
    monkeypatch.undo()
    with shapeguard.guard(), pytest.raises(ShapeError):
        nn.LSTM(F, H)(wrong())


def test_a_forward_that_another_put_on_top_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    held = shapeguard.guard()
    ours = nn.LSTM.forward

    def theirs(self: nn.LSTM, *args: Any) -> Any:
        calls.append(1)
        return ours(self, *args)

    nn.LSTM.forward = theirs  # type: ignore[method-assign, assignment]
    try:
        held.remove()
        assert nn.LSTM.__dict__["forward"] is theirs
        assert raises_torchs_own(nn.LSTM(F, H))  # what is left of ours only passes through
        assert calls == [1]
    finally:
        nn.LSTM.forward = ORIGINALS[nn.LSTM]  # type: ignore[method-assign]
