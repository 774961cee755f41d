"""What the drop-in layers share: a check around the forward that stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torch import nn
from torch.fx import Proxy

from shapeguard.runtime import switch
from shapeguard.runtime.check import Checker, aside
from shapeguard.runtime.dynamo import not_compiled_alone
from shapeguard.runtime.error import hidden

__all__ = ["Annotated"]

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden


class Annotated(nn.Module):
    """What the drop-in layers share. None of it is pickled, copied or part of a state_dict."""

    #: Made at the first call; DataParallel's replicas share their original's.
    _shapeguard: Checker | None = None
    #: Whose forward comes next: torch's class, or a user's base. super() costs as much as a check.
    _behind: ClassVar[type[nn.Module]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        behind = cls.__mro__[cls.__mro__.index(Annotated) + 1 :]
        cls._behind = next(base for base in behind if "forward" in vars(base))

    def __getstate__(self) -> Any:
        inherited = getattr(super(), "__getstate__", None)  # Python 3.10 has none of its own
        state = inherited() if inherited else self.__dict__
        if isinstance(state, dict):
            return {name: value for name, value in state.items() if name != "_shapeguard"}
        return state

    def __prepare_scriptable__(self) -> nn.Module:
        """What torch.jit.script compiles: the plain layer, over the same weights.

        torch puts it into the model in the layer's place; see annotated() for the way back. A
        subclass with a forward of its own is left to torch.
        """
        layer = drop_in(type(self))
        if type(self).forward is not layer.forward:
            return self
        _, plain = layer.__bases__
        twin: nn.Module = self.__new__(plain)
        twin.__dict__.update(self.__dict__)
        twin.__dict__.pop("_shapeguard", None)
        return twin

    @not_compiled_alone
    def _checked(self, input: Any, hx: Any) -> Any:
        """The forward behind, between the two halves of the check."""
        forward: Callable[..., Any] = self._behind.forward
        if aside() or not switch.on:
            return forward(self, input, hx)
        if isinstance(input, Proxy):
            return _recorded(self, forward, input, hx)
        checker = self._shapeguard
        if checker is None:
            checker = self.__dict__["_shapeguard"] = Checker()
        after = checker.before(self, input, hx)
        result = forward(self, input, hx)
        if after is not None:
            after(result)
        return result


def _recorded(module: Annotated, forward: Callable[..., Any], input: Proxy, hx: Any) -> Any:
    """What torch.fx records: it keeps torch.nn's layers whole, all but a root; so these as well."""
    tracer: Any = input.tracer
    if type(module) is not drop_in(type(module)) or getattr(tracer, "root", None) is module:
        return forward(module, input, hx)
    given = (input,) if hx is None else (input, hx)
    return tracer.create_proxy("call_module", tracer.path_of_module(module), given, {})


def drop_in(annotated: type[nn.Module]) -> type[nn.Module]:
    """The drop-in layer that a class is, or derives from."""
    return next(cls for cls in annotated.__mro__ if Annotated in cls.__bases__)
