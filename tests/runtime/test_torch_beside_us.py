"""torch's message beside ours, for each mistake and each way to have checks."""

from __future__ import annotations

import re

import pytest
from torch import nn

import shapeguard
from shapeguard import ShapeError
from tests.runtime.mistakes import MISTAKES, Mistake

NAMES = [f"{mistake.kind}: {mistake.name}" for mistake in MISTAKES]
RAISING = [mistake for mistake in MISTAKES if mistake.torch is not None]
each = pytest.mark.parametrize("mistake", MISTAKES, ids=NAMES)


def by_layer(mistake: Mistake) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        mistake.call(mistake.module(shapeguard))
    return caught.value


def by_hooks(mistake: Mistake) -> ShapeError:
    name = "cell" if mistake.kind.endswith("Cell") else mistake.kind.lower()
    model = nn.ModuleDict({"encoder": nn.ModuleDict({name: mistake.module(nn)})})
    with shapeguard.guard(model), pytest.raises(ShapeError) as caught:
        mistake.call(model.get_submodule(f"encoder.{name}"))
    return caught.value


def everywhere(mistake: Mistake) -> ShapeError:
    module = mistake.module(nn)
    with shapeguard.guard(), pytest.raises(ShapeError) as caught:
        mistake.call(module)
    return caught.value


def test_torch_raises_on_forty_of_them_at_least() -> None:
    assert len(RAISING) >= 40
    assert len({re.sub(r"\d+|Double|Long", "#", str(mistake.torch)) for mistake in RAISING}) >= 20


@pytest.mark.parametrize("mistake", RAISING, ids=[f"{m.kind}: {m.name}" for m in RAISING])
def test_torch_raises_with_this_message(mistake: Mistake) -> None:
    assert mistake.torch is not None
    with pytest.raises(Exception, match=mistake.torch) as caught:
        mistake.call(mistake.module(nn))
    assert not isinstance(caught.value, ShapeError)


@each
@pytest.mark.parametrize("way", [by_layer, by_hooks, everywhere])
def test_ours_names_the_cause(mistake: Mistake, way: object) -> None:
    assert callable(way)
    error = way(mistake)
    text = str(error)
    assert error.slot == mistake.slot, text
    assert error.code == mistake.code, text
    slugs = [cause.slug for cause in error.causes]
    assert mistake.cause in slugs[:2], text
    for part in mistake.has:
        assert part in text, f"{part!r} is not in:\n{text}"
    for part in mistake.lacks:
        assert part not in text, f"{part!r} is in:\n{text}"


@each
def test_the_text_is_short_and_whole(mistake: Mistake) -> None:
    error = by_layer(mistake)
    text = str(error)
    lines = text.splitlines()
    code = {line for cause in error.causes for line in cause.cure.splitlines()}
    if error.place is not None:
        code.add(error.place.source)
    assert text == text.rstrip()
    assert not any(line != line.rstrip() for line in lines)
    for line in lines:
        assert len(line) <= 100 or any(line.endswith(part) for part in code), line
    assert len(lines) <= 40, text
    if "None" not in mistake.name and "None" not in str(error.got):
        assert "None" not in text
    if error.expected is not None and isinstance(error.expected, tuple):
        assert error.axes
        assert all(axis in text for axis in error.axes)
    assert all(cause.why.endswith((".", "?")) for cause in error.causes), text
    assert all(cause.cure for cause in error.causes), text


@each
def test_each_cure_is_code(mistake: Mistake) -> None:
    for cause in by_layer(mistake).causes:
        compile(cause.cure, "<cure>", "exec")


def test_the_path_of_a_guarded_model_is_named() -> None:
    mistake = next(m for m in MISTAKES if m.cause == "directions-missing")
    error = by_hooks(mistake)
    assert error.layer == "encoder.gru (GRU)"
    assert "encoder.gru (GRU)" in str(error).splitlines()[0]
