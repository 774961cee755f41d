"""From torch's layers to annotated ones and back, in place: the same objects, the same weights."""

from __future__ import annotations

import warnings
from typing import TypeVar

from torch import nn

from shapeguard.runtime import layers
from shapeguard.runtime.annotated import Annotated
from shapeguard.runtime.reading import CLASSES

M = TypeVar("M", bound=nn.Module)

_OURS: dict[type[nn.Module], type[nn.Module]] = {
    plain: getattr(layers, kind.value) for plain, kind in CLASSES.items()
}
_PLAIN = {ours: plain for plain, ours in _OURS.items()}


def annotated(model: M) -> M:
    """Makes every RNN, LSTM, GRU and Cell of torch.nn in `model`, itself included, annotated.

    In place; returns the model. Subclasses of torch's layers keep their class: see guard().
    """
    _reclass(model, _OURS)
    return model


def plain(model: M) -> M:
    """Makes every annotated layer in `model`, itself included, exactly torch's again.

    In place; returns the model. For tools that look for the exact type, such as
    torch.ao.quantization.quantize_dynamic. A subclass of an annotated layer cannot become plain
    without losing what it adds: it stays, and a RuntimeWarning names it.
    """
    _reclass(model, _PLAIN)
    kept = [
        f"{path or 'the model'} ({type(module).__qualname__})"
        for path, module in model.named_modules()
        if isinstance(module, Annotated)
    ]
    if kept:
        warnings.warn(
            f"left as it is, being a subclass of an annotated layer: {', '.join(kept)}",
            RuntimeWarning,
            stacklevel=2,
        )
    return model


def _reclass(model: nn.Module, classes: dict[type[nn.Module], type[nn.Module]]) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"expected a torch.nn.Module, got {type(model).__name__}")
    for module in model.modules():
        to = classes.get(type(module))
        if to is not None:
            module.__class__ = to
            module.__dict__.pop("_shapeguard", None)
