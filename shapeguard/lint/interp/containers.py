"""Containers that names can be bound to: what they hold, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shapeguard.axes.axis import Place
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor


@dataclass(frozen=True)
class Mapping:
    """A dict with known keys."""

    items: tuple[tuple[Any, Any], ...]
    complete: bool = True

    def get(self, key: Any) -> Any:
        """The value of a key; UNKNOWN if it is not in view."""
        for name, value in self.items:
            if type(name) is type(key) and name == key:
                return value
        return UNKNOWN


@dataclass(frozen=True)
class Each:
    """An iterable whose items all look like ``item``.

    ``filled`` says that a loop appended them one after the other, the first round's item first.
    """

    item: Any
    filled: bool = False


@dataclass(frozen=True)
class Copies(Each):
    """A list of one item over and over, ``count`` times, as ``[0] * n`` makes it."""

    count: Any = UNKNOWN


@dataclass(frozen=True)
class Listed(Each):
    """What ``tolist()`` makes of a tensor; of a tensor without axes it is a number and no list."""

    tensor: Tensor = field(kw_only=True)


@dataclass(eq=False)
class Loader:
    """A DataLoader: what each of its batches looks like, and the arguments it was built with."""

    place: Place
    batch: Any
    args: dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """A TensorDataset: tensors that are cut into samples together."""

    items: tuple[Any, ...]


@dataclass(frozen=True)
class Records:
    """An object whose attributes and items all look like ``item``."""

    item: Any


@dataclass(eq=False)
class Partial:
    """``functools.partial``: a call with some arguments passed already."""

    func: Any
    args: Any


@dataclass(frozen=True)
class Parts:
    """A tensor cut along one axis, each part a selection that is made when it is taken.

    ``sizes`` are those of adjacent parts, as split and chunk make them; None for single positions,
    as unbind and iteration give them.
    """

    tensor: Tensor
    dim: int = 0
    sizes: tuple[Any, ...] | None = None
    how: str = "unbind"
