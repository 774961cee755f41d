"""What the interpreter's names can be bound to, besides plain constants, sizes and tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from shapeguard.axes.combining import join as join_tensors
from shapeguard.axes.size import UNKNOWN, Expr, symbol
from shapeguard.axes.value import Packed, Place, Rnn, Setting, Tensor, Tuple


@dataclass(frozen=True)
class Ref:
    """A name from outside the program, by its full dotted path: ``torch.nn.LSTM``."""

    dotted: str


@dataclass(frozen=True)
class Opaque:
    """A value that is not known but is the same one wherever its identity is met."""

    identity: str

    @property
    def name(self) -> str:
        """What the program calls it."""
        return self.identity.partition("@")[0]


@dataclass(frozen=True)
class Maybe:
    """The value, or None."""

    value: Any


class Frame:
    """The names of one scope, and the expression that each was last bound from."""

    __slots__ = ("origins", "parent", "vars")

    def __init__(self, parent: Frame | None) -> None:
        self.vars: dict[str, Any] = {}
        self.parent = parent
        self.origins: dict[str, Origin] = {}

    def lookup(self, name: str) -> tuple[Any, Frame | None]:
        """The value bound to a name and the scope that binds it; Opaque where nobody does."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.vars:
                return frame.vars[name], frame
            frame = frame.parent
        return None, None


@dataclass(frozen=True, eq=False)
class Origin:
    """The expression that a name was bound from, where to look up its names, and how sure it is.

    ``unit`` is the piece of the program that holds the expression.
    """

    node: cst.CSTNode
    frame: Frame
    unit: int
    how: str = "written"


@dataclass(eq=False)
class Function:
    """A function, method or lambda of the program, with the scope that it closes over."""

    name: str
    node: cst.FunctionDef | cst.Lambda
    frame: Frame
    owner: Class | None = None
    kind: str = "plain"
    decorated: bool = False
    unit: int = 0


@dataclass(eq=False)
class Class:
    """A class of the program."""

    name: str
    node: cst.ClassDef
    frame: Frame
    bases: tuple[Any, ...] = ()
    members: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    dataclass: bool = False

    def ancestry(self) -> list[Any]:
        """This class and its bases, nearest first; foreign bases as Refs or unknown."""
        out: list[Any] = [self]
        for base in self.bases:
            out += base.ancestry() if isinstance(base, Class) else [base]
        return out

    def member(self, name: str) -> Any:
        """A method or class attribute, its own or inherited; None if there is none in view."""
        for cls in self.ancestry():
            if isinstance(cls, Class) and name in cls.members:
                return cls.members[name]
        return None

    @property
    def foreign(self) -> str:
        """The dotted name of the first base that is not of this program."""
        return next((c.dotted for c in self.ancestry() if isinstance(c, Ref)), "")


@dataclass(eq=False)
class Instance:
    """An object of a class of the program."""

    cls: Class
    attrs: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    called: bool = False
    place: Place | None = None
    rnn: Rnn | None = None
    building: bool = False
    args: Any = None


@dataclass(frozen=True, eq=False)
class Bound:
    """A method together with its object."""

    function: Function
    instance: Any


@dataclass(frozen=True)
class Method:
    """A method of a value that is not of this program, such as ``view`` of a tensor."""

    receiver: Any
    name: str


@dataclass(eq=False)
class Layer:
    """A torch.nn module that is not recurrent: its kind, arguments and, if it holds any, parts."""

    kind: str
    args: dict[str, Any]
    place: Place
    arg_places: dict[str, Place] = field(default_factory=dict)
    items: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    target: str | None = None


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
class Parts:
    """What ``unbind`` returns: the tensor cut into single positions of one axis."""

    tensor: Tensor
    dim: int


@dataclass(frozen=True)
class ShapeOf:
    """``x.shape`` of a tensor whose number of axes is unknown."""

    tensor: Tensor


def as_tensor(value: Any) -> Tensor | None:
    """The value as a tensor, if it can be one."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Opaque):
        return Tensor(key=value.identity)
    if isinstance(value, Maybe):
        return as_tensor(value.value)
    if value is UNKNOWN:
        return Tensor()
    return None


def as_size(value: Any) -> Any:
    """The value as a size; UNKNOWN if it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, Expr)):
        return value
    if isinstance(value, Opaque):
        return symbol(value.identity)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN


def known(value: Any) -> bool:
    """Whether a value is a constant of the program."""
    return value is None or isinstance(value, (bool, int, float, str))


def join(a: Any, b: Any) -> Any:
    """What is known of a value that is one or the other: equal parts stay, the rest is unknown."""
    if a is b:
        return a
    if isinstance(a, Maybe) or isinstance(b, Maybe):
        inner = join(a.value if isinstance(a, Maybe) else a, b.value if isinstance(b, Maybe) else b)
        return inner if isinstance(inner, Maybe) or inner is UNKNOWN else Maybe(inner)
    if a is None or b is None:
        value = b if a is None else a
        return Maybe(value) if isinstance(value, (Tensor, Tuple, Opaque, Rnn, Layer)) else UNKNOWN
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return join_tensors(a, b)
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items):
        source = a.source if a.source == b.source else None
        if a.source and b.source and a.source.call.rnn is b.source.call.rnn:
            source = a.source
        return Tuple(tuple(join(x, y) for x, y in zip(a.items, b.items, strict=False)), source)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return _join_mappings(a, b)
    if isinstance(a, (Tuple, Each)) and isinstance(b, (Tuple, Each)):
        return _join_lists(a, b)
    if isinstance(a, Rnn) and isinstance(b, Rnn):
        return _join_layers(a, b)
    if isinstance(a, Packed) and isinstance(b, Packed):
        return Packed(join_tensors(a.tensor, b.tensor), a.place)
    if type(a) is type(b) and not isinstance(a, (Layer, Rnn, Instance)) and a == b:
        return a
    return UNKNOWN


def _join_lists(a: Tuple | Each, b: Tuple | Each) -> Any:
    """Lists of unknown length: an empty one may have been filled since."""
    filled = all(len(v.items) < 2 if isinstance(v, Tuple) else v.filled for v in (a, b))
    items = [i for v in (a, b) for i in (v.items if isinstance(v, Tuple) else (v.item,))]
    if not items or any(isinstance(v, Tuple) and v.source is not None for v in (a, b)):
        return UNKNOWN
    merged = items[0]
    for item in items[1:]:
        merged = join(merged, item)
    return Each(merged, filled)


def _join_layers(a: Rnn, b: Rnn) -> Any:
    """Layers of one kind are one layer whose differing arguments are unknown."""
    if a.kind != b.kind:
        return UNKNOWN
    settings = {
        name: one if one.value == b.setting(name).value else Setting(UNKNOWN, place=one.place)
        for name, one in a.settings.items()
    }
    if all(settings[name] is one for name, one in a.settings.items()):
        return a
    return Rnn(a.kind, settings, a.place, a.target, a.built_by, a.cell)


def _join_mappings(a: Mapping, b: Mapping) -> Mapping:
    """Keys that only one of them has may be absent, so the result is open."""
    keys = [key for key, _ in a.items if any(key == other for other, _ in b.items)]
    complete = a.complete and b.complete and len(keys) == len(a.items) == len(b.items)
    return Mapping(tuple((key, join(a.get(key), b.get(key))) for key in keys), complete)


def setting(value: Any, how: str, place: Place, argument: Place | None) -> Setting:
    """A constructor argument as a Setting: symbols stay symbols, what has no value is UNKNOWN."""
    if isinstance(value, Opaque):
        value = symbol(value.identity)
    elif isinstance(value, Maybe) or not (known(value) or isinstance(value, Expr)):
        value = UNKNOWN
    return Setting(value, how, place, argument)
