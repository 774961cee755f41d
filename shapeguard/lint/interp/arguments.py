"""The arguments of a call: by position, by name, and what stars open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp import origins
from shapeguard.lint.interp.containers import Mapping
from shapeguard.lint.interp.dispatch import evaluate
from shapeguard.lint.interp.machine import Machine, unwrap
from shapeguard.lint.interp.objects import Frame


@dataclass
class Arg:
    """One argument: its value, and the node and scope that it was written in."""

    value: Any
    node: cst.BaseExpression | None = None
    frame: Frame | None = None
    whole: cst.Arg | None = None
    unit: int = 0


@dataclass
class Args:
    """The arguments of a call; ``open`` means that more may be passed than is known.

    ``loose`` means that nobody in view calls, so that a flag's or an option's default is only one
    of its values.
    """

    positional: list[Arg] = field(default_factory=list)
    keywords: dict[str, Arg] = field(default_factory=dict)
    open: bool = False
    loose: bool = False

    @classmethod
    def of(cls, *values: Any, loose: bool = False) -> Args:
        """Positional arguments by value, for calls that the interpreter makes itself."""
        return cls([Arg(value) for value in values], loose=loose)

    def get(self, position: int, *names: str) -> Any:
        """The value of a parameter by position or name; the Ellipsis where it is not passed."""
        arg = self.arg(position, *names)
        return ... if arg is None else unwrap(arg.value)

    def arg(self, position: int, *names: str) -> Arg | None:
        """The same with its node."""
        if 0 <= position < len(self.positional):
            return self.positional[position]
        return next((self.keywords[name] for name in names if name in self.keywords), None)

    def tensors(self) -> list[Tensor]:
        """The tensors among the arguments."""
        values = [unwrap(arg.value) for arg in [*self.positional, *self.keywords.values()]]
        return [value for value in values if isinstance(value, Tensor)]

    def after(self, first: Any) -> Args:
        """The same arguments behind one more."""
        return Args([Arg(first), *self.positional], self.keywords, self.open, self.loose)

    def rest(self) -> Args:
        """The same arguments without the first."""
        return Args(self.positional[1:], self.keywords, self.open)


def arguments(machine: Machine, node: cst.Call, frame: Frame) -> Args:
    """The evaluated arguments of a call, stars opened where their contents are known."""
    out, unit = Args(), machine.unit
    for arg in node.args:
        value = evaluate(machine, arg.value, frame)
        if arg.keyword is not None:
            out.keywords[arg.keyword.value] = Arg(value, arg.value, frame, arg, unit)
        elif arg.star == "*":
            value = unwrap(value)
            if isinstance(value, Tuple):
                out.positional += [Arg(item, arg.value, frame, None, unit) for item in value.items]
            else:
                out.open = True
        elif arg.star == "**":
            value = unwrap(value)
            if isinstance(value, Mapping):
                for key, item in value.items:
                    if isinstance(key, str):
                        found = origins.item(arg.value, frame, unit, key)
                        spot, where = found or (arg.value, unit)
                        out.keywords[key] = Arg(item, spot, frame, None, where)
            if not isinstance(value, Mapping) or not value.complete:
                out.open = True
        else:
            out.positional.append(Arg(value, arg.value, frame, arg, unit))
    return out
