"""What the interpreter's names can be bound to, besides plain constants, sizes and tensors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import libcst as cst

from shapeguard.axes.size import UNKNOWN, Expr, symbol, symbols
from shapeguard.axes.value import Axis, Place, Rnn, Setting, Tensor

OTHER = "any other value"


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

    @property
    def other(self) -> bool:
        """Whether it stands for all values that the program does not name."""
        return self.name == OTHER


@dataclass(frozen=True)
class Batch(Opaque):
    """What a loader yields where its samples are not in view: a tensor with the samples on axis
    0, or a list or dict of such. Its parts are batches, too."""

    front: tuple[Axis, ...] = ()

    def called(self, identity: str) -> Batch:
        """The same under the name that the program gives it."""
        name, _, scope = identity.partition("@")
        sizes = [f"{name}.size({i})@{scope}" for i in range(len(self.front))]
        axes = (replace(a, size=symbol(s)) for a, s in zip(self.front, sizes, strict=True))
        return Batch(identity, tuple(axes))

    def told(self) -> list[tuple[str, Axis]]:
        """The symbols of its sizes, and the axes that have them."""
        return [(min(symbols(a.size)), a) for a in self.front if isinstance(a.size, Expr)]


LOADED = "loaded"
"""What a batch is called before the program gives it a name."""


@dataclass(frozen=True)
class Maybe:
    """The value, or None."""

    value: Any


class Frame:
    """The names of one scope, and the expression that each was last bound from."""

    __slots__ = ("module", "origins", "parent", "vars")

    def __init__(self, parent: Frame | None) -> None:
        self.vars: dict[str, Any] = {}
        self.module: Any = None
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

    @property
    def outermost(self) -> Frame:
        """The scope of the module."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame


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
    unit: int = 0
    setters: dict[str, list[Function]] | None = None

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
    def is_module(self) -> bool:
        """Whether it is a torch module, as its base or a ``forward`` says."""
        return self.foreign.endswith("Module") or self.member("forward") is not None

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
    """A method together with its object; one of a torch base class is known by name only."""

    function: Function | Ref
    instance: Any


@dataclass(frozen=True)
class Method:
    """A method of a value that is not of this program, such as ``view`` of a tensor."""

    receiver: Any
    name: str


@dataclass(frozen=True)
class Unseen:
    """An object of a class that goes by the name of a recurrent layer and is out of sight."""

    kind: str


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
class Copies(Each):
    """A list of one item over and over, ``count`` times, as ``[0] * n`` makes it."""

    count: Any = UNKNOWN


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


@dataclass(frozen=True)
class ShapeOf:
    """``x.shape`` of a tensor whose number of axes is unknown."""

    tensor: Tensor


def as_tensor(value: Any) -> Tensor | None:
    """The value as a tensor, if it can be one."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Opaque):
        return Tensor(key=value.identity, front=getattr(value, "front", ()))
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


def setting(value: Any, how: str, place: Place, argument: Place | None) -> Setting:
    """A constructor argument as a Setting: symbols stay symbols, what has no value is UNKNOWN."""
    if isinstance(value, Opaque):
        value = symbol(value.identity)
    elif isinstance(value, Maybe) or not (known(value) or isinstance(value, Expr)):
        value = UNKNOWN
    return Setting(value, how, place, argument)
