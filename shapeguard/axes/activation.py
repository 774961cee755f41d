"""What last computed a tensor's values: the activation or layer whose results they still are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.axes.axis import Place

LINEAR = "linear"
"""What a Linear puts out: any number, the logits of a classifier."""

NAMES = {
    **dict.fromkeys(("relu", "relu_", "relu6"), "relu"),
    **dict.fromkeys(("sigmoid", "sigmoid_"), "sigmoid"),
    **dict.fromkeys(("tanh", "tanh_"), "tanh"),
}
"""Activations whose results have known bounds, by what functions and layers are called."""


@dataclass(frozen=True)
class Activation:
    """The call at ``place`` that computed a tensor's values, which were only moved since.

    ``base`` is the expression that it read, ``made`` where its layer was constructed, if it is
    one. ``inside`` says that the layer is part of a Sequential, which was called at ``place``.
    ``after`` is what had computed the values that it read.
    """

    how: str
    place: Place
    base: Place | None = None
    made: Place | None = None
    inside: bool = False
    after: str = ""


def activation(
    name: str, place: Place, base: Place | None, made: Place | None, before: Activation | None
) -> Activation | None:
    """What a function or layer called ``name`` makes of values; None where that is not told."""
    after = "" if before is None else before.how
    if name == "log":
        known = after == "softmax"
        return Activation("log_softmax", place, base, made, after=after) if known else None
    how = NAMES.get(name)
    return None if how is None else Activation(how, place, base, made, after=after)
