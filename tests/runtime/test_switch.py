"""On and off, and what status() says of it: nothing is silently inert."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

import shapeguard
from shapeguard import ShapeError
from shapeguard.runtime import switch

T, N, F, H = 7, 3, 5, 6


@pytest.fixture(autouse=True)
def _restore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "on", switch.on)
    monkeypatch.setattr(switch, "reason", switch.reason)


def wrong() -> torch.Tensor:
    return torch.zeros(T, N, F + 1)


def checked(layer: nn.Module) -> bool:
    try:
        layer(wrong())
    except RuntimeError as error:
        return isinstance(error, ShapeError)
    raise AssertionError("torch takes this")


def child(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "SHAPEGUARD"}
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=clean | environment,
        check=False,
    )


def test_disable_turns_every_kind_of_check_off_and_enable_on_again() -> None:
    ours, held, plain = shapeguard.LSTM(F, H), nn.LSTM(F, H), nn.LSTM(F, H)
    with shapeguard.guard(held), shapeguard.guard():
        assert all(map(checked, (ours, held, plain)))
        shapeguard.disable()
        assert not any(map(checked, (ours, held, plain)))
        with pytest.raises((RuntimeError, ValueError)) as caught:
            nn.utils.rnn.pack_padded_sequence(torch.zeros(T, N, F), torch.tensor([9.0]))
        assert not isinstance(caught.value, ShapeError)
        shapeguard.enable()
        assert all(map(checked, (ours, held, plain)))
    assert checked(ours)
    assert not any(map(checked, (held, plain)))


def test_status_says_whether_checks_are_on_and_what_set_that() -> None:
    shapeguard.disable()
    status = shapeguard.status()
    assert not status.on
    assert "off" in str(status).splitlines()[0]
    assert "shapeguard.disable()" in str(status).splitlines()[0]
    assert "shapeguard.enable()" in str(status), "how to turn them on is said"
    shapeguard.enable()
    status = shapeguard.status()
    assert status.on
    assert "on" in str(status).splitlines()[0]
    assert "nothing is checked" not in str(status)


def test_a_guard_put_on_while_off_waits_and_status_says_so() -> None:
    layer = nn.LSTM(F, H)
    shapeguard.disable()
    with shapeguard.guard(layer) as held:
        assert held.modules == ("",)
        assert not checked(layer)
        assert "would be guarded: (the model itself)" in str(shapeguard.status())
        shapeguard.enable()
        assert checked(layer)
        assert "would be" not in str(shapeguard.status())
    assert not layer._forward_pre_hooks


def test_a_guard_taken_off_while_off_is_off() -> None:
    layer = nn.LSTM(F, H)
    held, everywhere = shapeguard.guard(layer), shapeguard.guard()
    shapeguard.disable()
    held.remove()
    everywhere.remove()
    shapeguard.enable()
    assert not checked(layer)


def test_disabling_in_the_middle_of_a_call_leaves_nothing_behind() -> None:
    layer = nn.LSTM(F, H)
    with shapeguard.guard(layer):
        handle = layer.register_forward_hook(lambda *_: shapeguard.disable())
        layer(torch.zeros(T, N, F))
        handle.remove()
        shapeguard.enable()
        assert not layer._forward_hooks
        layer(torch.zeros(T, N, F))


def test_status_lists_what_is_guarded_and_what_is_not() -> None:
    class Own(nn.GRU):
        def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
            return x

    model = nn.ModuleDict({"b": nn.LSTM(F, H), "a": nn.LSTM(F, H), "own": Own(F, H)})
    with shapeguard.guard(model), shapeguard.guard():
        status = shapeguard.status()
        assert status.modules == ("a", "b")
        assert status.everywhere
        assert [path for path, _ in status.skipped] == ["own"]
        text = str(status)
        assert "guarded: a, b, every call of torch.nn's recurrent layers" in text
        assert "not guarded: own: the forward of" in text
        assert "never checked: calls inside of torch.compile" in text
    status = shapeguard.status()
    assert not status.modules
    assert not status.skipped
    assert not status.everywhere
    assert "annotated layers" in str(status)


def test_status_of_many_modules_stays_short() -> None:
    model = nn.ModuleList([nn.RNNCell(1, 1) for _ in range(200)])
    others = [nn.Sequential(nn.GRU(1, 1)) for _ in range(3)]
    guards = [shapeguard.guard(other) for other in (model, *others)]
    text = str(shapeguard.status())
    assert "0 (4 modules)" in text
    assert "180 more" in text
    assert len(text) < 700
    for held in guards:
        held.remove()


@pytest.mark.parametrize(
    ("word", "on"),
    [("off", False), ("OFF ", False), ("0", False), ("no", False), ("on", True), ("1", True)],
)
def test_the_environment_decides_and_is_named(word: str, on: bool) -> None:
    done = child(
        "import shapeguard\ns = shapeguard.status()\nprint(s.on)\nprint(s)", SHAPEGUARD=word
    )
    assert done.stderr == ""
    first, text = done.stdout.split("\n", 1)
    assert first == str(on)
    assert f"SHAPEGUARD={word} in the environment" in text


def test_off_in_the_environment_checks_nothing_until_enabled() -> None:
    done = child(
        "import torch, shapeguard\n"
        "layer = shapeguard.LSTM(5, 6)\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        layer(torch.zeros(7, 3, 4))\n"
        "    except RuntimeError as error:\n"
        "        print(type(error).__name__)\n"
        "    shapeguard.enable()\n",
        SHAPEGUARD="off",
    )
    assert done.stdout.split() == ["RuntimeError", "ShapeError"], done.stderr


def test_a_word_that_is_neither_warns_and_leaves_checks_on() -> None:
    done = child("import shapeguard; print(shapeguard.status())", SHAPEGUARD="flase")
    assert "RuntimeWarning" in done.stderr
    assert "'flase'" in done.stderr
    assert "checks are on" in done.stdout
    assert "not understood" in done.stdout


def test_without_the_variable_checks_are_on_by_default() -> None:
    done = child("import shapeguard; print(shapeguard.status())")
    assert done.stdout.startswith("shapeguard: checks are on (by default)")


def test_jaxtyping_switched_off_is_said() -> None:
    done = child("import shapeguard; print(shapeguard.status())", JAXTYPING_DISABLE="1")
    assert "JAXTYPING_DISABLE" in done.stdout
