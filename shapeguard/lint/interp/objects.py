"""What the interpreter's names can be bound to, besides plain constants, sizes and tensors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import libcst as cst

from shapeguard.axes.axis import Axis, Place
from shapeguard.axes.layer import Rnn
from shapeguard.axes.placing import Placed
from shapeguard.axes.size import Expr, symbol, symbols
from shapeguard.axes.value import Tensor

OTHER = "any other value"


@dataclass(frozen=True)
class Ref:
    """A name from outside the program, by its full dotted path: ``torch.nn.LSTM``."""

    dotted: str


@dataclass(frozen=True)
class Opaque:
    """A value that is not known but is the same one wherever its identity is met.

    ``placed`` is the device that it was put on, if it is a tensor; it stays the same value there.
    """

    identity: str
    placed: Placed | None = field(default=None, compare=False, kw_only=True)

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
    """An object of a class of the program; ``scattered`` is where nn.DataParallel was put on it."""

    cls: Class
    attrs: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    called: bool = False
    place: Place | None = None
    rnn: Rnn | None = None
    building: bool = False
    args: Any = None
    scattered: Place | None = None


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
class ShapeOf:
    """``x.shape`` of a tensor whose number of axes is unknown."""

    tensor: Tensor
