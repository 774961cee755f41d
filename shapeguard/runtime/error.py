"""ShapeError and ShapeWarning: what callers catch, filter and read attributes of."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from operator import methodcaller
from typing import Any, NoReturn

from shapeguard.runtime import message
from shapeguard.runtime.problem import Binding, Cause, Problem, Suspicion
from shapeguard.runtime.where import Place, place, rank, traceback_at, user_frame


class ShapeError(ValueError, RuntimeError):
    """A call of a recurrent layer, Cell or packing function that the torch.nn documents refuse.

    It is a ValueError and a RuntimeError, as torch raises the one or the other for the same calls,
    so handlers of torch's errors go on to work. The text is rendered from the attributes:

    - `layer`: the module's path or repr; `slot`: "input", "h_0", "c_0", "hx", "lengths", ...
    - `axes`, `expected`, `got`, `differs`: axis names, shapes, names of the axes that differ
    - `bindings`: what each axis name stands for in this call, and what set it
    - `causes`: explanations that fit, the most likely first, each with its cure
    - `code`: the rule's code ("SG501"), None where no rule has this mistake
    - `place`: the user's line; `rank`: of a distributed job, else None

    Holds no tensor. Made from a text alone, as torch's DataParallel does when it raises a worker's
    error again, it has that text and empty attributes.
    """

    def __init__(
        self,
        problem: Problem | str,
        layer: str = "",
        place: Place | None = None,
        rank: int | None = None,
    ) -> None:
        self.problem = problem if isinstance(problem, Problem) else Problem("", problem)
        self.layer = layer
        self.place = place
        self.rank = rank
        # The text alone: handlers of torch's errors search args[0].
        super().__init__(message.of_problem(self.problem, layer, place, rank))

    def __reduce__(self) -> tuple[type[ShapeError], tuple[object, ...], dict[str, Any]]:
        return type(self), (self.problem, self.layer, self.place, self.rank), self.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self).partition(chr(10))[0]!r})"

    @property
    def code(self) -> str | None:
        return self.problem.code

    @property
    def slot(self) -> str:
        return self.problem.slot

    @property
    def axes(self) -> tuple[str, ...]:
        return self.problem.axes

    @property
    def expected(self) -> tuple[int | None, ...] | str | None:
        return self.problem.expected

    @property
    def got(self) -> tuple[int, ...] | str | None:
        return self.problem.got

    @property
    def differs(self) -> tuple[str, ...]:
        return self.problem.differs

    @property
    def bindings(self) -> tuple[Binding, ...]:
        return self.problem.bindings

    @property
    def causes(self) -> tuple[Cause, ...]:
        return self.problem.causes


class ShapeWarning(UserWarning):
    """A call that runs and is wrong unless an unusual intent stands behind it.

    Silenced like any warning, all of them by category or one rule by the start of its message:
    `warnings.filterwarnings("ignore", message="SG106", category=shapeguard.ShapeWarning)`.
    """

    def __init__(
        self, suspicion: Suspicion | str, layer: str = "", place: Place | None = None
    ) -> None:
        self.suspicion = suspicion if isinstance(suspicion, Suspicion) else None
        self.layer = layer
        self.place = place
        if isinstance(suspicion, Suspicion):
            suspicion = message.of_suspicion(suspicion, layer)
        super().__init__(suspicion)

    def __reduce__(self) -> tuple[type[ShapeWarning], tuple[object, ...], dict[str, Any]]:
        what = self.suspicion or self.args[0]
        return type(self), (what, self.layer, self.place), self.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self).partition(chr(10))[0]!r})"

    @property
    def code(self) -> str | None:
        """The rule's code, "SG106"."""
        return self.suspicion.code if self.suspicion else None


#: Called with every ShapeError before it is raised: a test run counts those that nobody sees. Must
#: not raise, nor keep the error, whose traceback will hold tensors.
observers: list[Callable[[ShapeError], None]] = []

#: For modules whose frames pytest leaves out of what it shows of these two.
hidden = methodcaller("errisinstance", (ShapeError, ShapeWarning))
__tracebackhide__ = hidden


def fail(problem: Problem, layer: str, cause: BaseException | None = None) -> NoReturn:
    """Raises the ShapeError; its traceback ends at the user's line."""
    frame = user_frame()
    at = None if frame is None else place(frame)
    error = ShapeError(problem, layer, at, rank())
    for observer in tuple(observers):
        observer(error)
    try:
        if frame is None:
            raise error from cause
        raise error.with_traceback(traceback_at(frame)) from cause
    finally:  # else this frame and the error hold one another, and all tensors of the call
        del error, frame


def warn(suspicion: Suspicion, layer: str) -> None:
    """Warns at the user's line. Raises the ShapeWarning where a filter makes it an error."""
    frame = user_frame()
    if frame is None:
        warnings.warn(ShapeWarning(suspicion, layer), stacklevel=2)
        return
    at = place(frame)
    warnings.warn_explicit(
        ShapeWarning(suspicion, layer, at),
        category=ShapeWarning,
        filename=at.file,
        lineno=at.line,
        module=frame.f_globals.get("__name__", "<unknown>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
