"""Drop-in layers: torch.nn's own classes, with the contract on their forward.

Constructor, parameters, state_dict keys, repr and results are torch's. The types of forward are the
rows of shapeguard.contract; the layout that holds in a call follows from batch_first and from the
number of the input's axes.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from torch import nn
from torch.fx import Proxy
from torch.nn.utils.rnn import PackedSequence

from shapeguard.runtime import switch
from shapeguard.runtime.annotations import C, CellC, CellH, CellInput, H, Input, Output
from shapeguard.runtime.check import Checker, aside
from shapeguard.runtime.dynamo import not_compiled_alone
from shapeguard.runtime.error import hidden

__all__ = ["GRU", "LSTM", "RNN", "Annotated", "GRUCell", "LSTMCell", "RNNCell"]

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden

Forward = TypeVar("Forward", bound=Callable[..., Any])


def as_written(forward: Forward) -> Forward:
    """The function itself, also where an import hook of jaxtyping has wrapped it already.

    The module's settings bind the axes of forward. A hook knows none, so it could not compute D*K.
    """
    written: Forward = inspect.unwrap(forward)
    return written


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
        if type(self).forward.__module__ != __name__:
            return self
        twin = self.__new__(plain_class(type(self)))
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
    if type(module).__module__ != __name__ or getattr(tracer, "root", None) is module:
        return forward(module, input, hx)
    given = (input,) if hx is None else (input, hx)
    return tracer.create_proxy("call_module", tracer.path_of_module(module), given, {})


def plain_class(annotated: type[nn.Module]) -> type[nn.Module]:
    """The class of torch.nn behind a drop-in layer or a subclass of one."""
    return next(cls for cls in annotated.__mro__ if cls.__module__ == nn.RNN.__module__)


class RNN(Annotated, nn.RNN):
    """torch.nn.RNN, checked at every call against its documented shapes.

    Raises ShapeError (a ValueError and a RuntimeError) where a call is none that torch.nn.RNN
    documents, and warns with ShapeWarning where it is one that is hardly meant.
    """

    @overload
    def forward(self, input: Input, hx: H | None = None) -> tuple[Output, H]: ...
    @overload
    def forward(self, input: PackedSequence, hx: H | None = None) -> tuple[PackedSequence, H]: ...
    @as_written
    def forward(
        self, input: Input | PackedSequence, hx: H | None = None
    ) -> tuple[Output | PackedSequence, H]:
        """What torch.nn.RNN takes and returns: its page, "Inputs" and "Outputs".

        batch_first=False:
            takes input (L, N, Hin), h_0 (D*K, N, Hout)
            returns output (L, N, D*Hout), h_n (D*K, N, Hout)
        batch_first=True:
            takes input (N, L, Hin), h_0 (D*K, N, Hout)
            returns output (N, L, D*Hout), h_n (D*K, N, Hout)
        unbatched:
            takes input (L, Hin), h_0 (D*K, Hout)
            returns output (L, D*Hout), h_n (D*K, Hout)
        packed (the shapes of its data):
            takes input (S, Hin), h_0 (D*K, N, Hout)
            returns output (S, D*Hout), h_n (D*K, N, Hout)

        hx is h_0; None stands for zeros.

        L: steps
        N: batch
        S: sum of the lengths, step by step over the samples still running
        Hin: input_size
        Hout: proj_size where it is set, else hidden_size
        D*Hout: directions * Hout, forward then backward
        D*K: directions * num_layers, layer by layer, forward before backward in each
        """
        return self._checked(input, hx)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # torch types no calls
        __call__ = forward


class LSTM(Annotated, nn.LSTM):
    """torch.nn.LSTM, checked at every call against its documented shapes.

    Raises ShapeError (a ValueError and a RuntimeError) where a call is none that torch.nn.LSTM
    documents, and warns with ShapeWarning where it is one that is hardly meant.
    """

    @overload
    def forward(
        self, input: Input, hx: tuple[H, C] | None = None
    ) -> tuple[Output, tuple[H, C]]: ...
    @overload
    def forward(
        self, input: PackedSequence, hx: tuple[H, C] | None = None
    ) -> tuple[PackedSequence, tuple[H, C]]: ...
    @as_written
    def forward(
        self, input: Input | PackedSequence, hx: tuple[H, C] | None = None
    ) -> tuple[Output | PackedSequence, tuple[H, C]]:
        """What torch.nn.LSTM takes and returns: its page, "Inputs" and "Outputs".

        batch_first=False:
            takes input (L, N, Hin), h_0 (D*K, N, Hout), c_0 (D*K, N, Hcell)
            returns output (L, N, D*Hout), h_n (D*K, N, Hout), c_n (D*K, N, Hcell)
        batch_first=True:
            takes input (N, L, Hin), h_0 (D*K, N, Hout), c_0 (D*K, N, Hcell)
            returns output (N, L, D*Hout), h_n (D*K, N, Hout), c_n (D*K, N, Hcell)
        unbatched:
            takes input (L, Hin), h_0 (D*K, Hout), c_0 (D*K, Hcell)
            returns output (L, D*Hout), h_n (D*K, Hout), c_n (D*K, Hcell)
        packed (the shapes of its data):
            takes input (S, Hin), h_0 (D*K, N, Hout), c_0 (D*K, N, Hcell)
            returns output (S, D*Hout), h_n (D*K, N, Hout), c_n (D*K, N, Hcell)

        hx is (h_0, c_0); None stands for zeros.

        L: steps
        N: batch
        S: sum of the lengths, step by step over the samples still running
        Hin: input_size
        Hout: proj_size where it is set, else hidden_size
        D*Hout: directions * Hout, forward then backward
        Hcell: hidden_size
        D*K: directions * num_layers, layer by layer, forward before backward in each
        """
        return self._checked(input, hx)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # torch types no calls
        __call__ = forward


class GRU(Annotated, nn.GRU):
    """torch.nn.GRU, checked at every call against its documented shapes.

    Raises ShapeError (a ValueError and a RuntimeError) where a call is none that torch.nn.GRU
    documents, and warns with ShapeWarning where it is one that is hardly meant.
    """

    @overload
    def forward(self, input: Input, hx: H | None = None) -> tuple[Output, H]: ...
    @overload
    def forward(self, input: PackedSequence, hx: H | None = None) -> tuple[PackedSequence, H]: ...
    @as_written
    def forward(
        self, input: Input | PackedSequence, hx: H | None = None
    ) -> tuple[Output | PackedSequence, H]:
        """What torch.nn.GRU takes and returns: its page, "Inputs" and "Outputs".

        batch_first=False:
            takes input (L, N, Hin), h_0 (D*K, N, Hout)
            returns output (L, N, D*Hout), h_n (D*K, N, Hout)
        batch_first=True:
            takes input (N, L, Hin), h_0 (D*K, N, Hout)
            returns output (N, L, D*Hout), h_n (D*K, N, Hout)
        unbatched:
            takes input (L, Hin), h_0 (D*K, Hout)
            returns output (L, D*Hout), h_n (D*K, Hout)
        packed (the shapes of its data):
            takes input (S, Hin), h_0 (D*K, N, Hout)
            returns output (S, D*Hout), h_n (D*K, N, Hout)

        hx is h_0; None stands for zeros.

        L: steps
        N: batch
        S: sum of the lengths, step by step over the samples still running
        Hin: input_size
        Hout: proj_size where it is set, else hidden_size
        D*Hout: directions * Hout, forward then backward
        D*K: directions * num_layers, layer by layer, forward before backward in each
        """
        return self._checked(input, hx)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # torch types no calls
        __call__ = forward


class RNNCell(Annotated, nn.RNNCell):
    """torch.nn.RNNCell, checked at every call against its documented shapes.

    Raises ShapeError (a ValueError and a RuntimeError) where a call is none that torch.nn.RNNCell
    documents, and warns with ShapeWarning where it is one that is hardly meant.
    """

    @as_written
    def forward(self, input: CellInput, hx: CellH | None = None) -> CellH:
        """What torch.nn.RNNCell takes and returns: its page, "Inputs" and "Outputs".

        batched:
            takes input (N, Hin), h_0 (N, Hcell)
            returns h_n (N, Hcell)
        unbatched:
            takes input (Hin), h_0 (Hcell)
            returns h_n (Hcell)

        hx is h_0; None stands for zeros.

        N: batch
        Hin: input_size
        Hcell: hidden_size
        """
        return self._checked(input, hx)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # torch types no calls
        __call__ = forward


class LSTMCell(Annotated, nn.LSTMCell):
    """torch.nn.LSTMCell, checked at every call against its documented shapes.

    Raises ShapeError (a ValueError and a RuntimeError) where a call is none that torch.nn.LSTMCell
    documents, and warns with ShapeWarning where it is one that is hardly meant.
    """

    @as_written
    def forward(
        self, input: CellInput, hx: tuple[CellH, CellC] | None = None
    ) -> tuple[CellH, CellC]:
        """What torch.nn.LSTMCell takes and returns: its page, "Inputs" and "Outputs".

        batched:
            takes input (N, Hin), h_0 (N, Hcell), c_0 (N, Hcell)
            returns h_n (N, Hcell), c_n (N, Hcell)
        unbatched:
            takes input (Hin), h_0 (Hcell), c_0 (Hcell)
            returns h_n (Hcell), c_n (Hcell)

        hx is (h_0, c_0); None stands for zeros.

        N: batch
        Hin: input_size
        Hcell: hidden_size
        """
        return self._checked(input, hx)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # torch types no calls
        __call__ = forward


class GRUCell(Annotated, nn.GRUCell):
    """torch.nn.GRUCell, checked at every call against its documented shapes.

    Raises ShapeError (a ValueError and a RuntimeError) where a call is none that torch.nn.GRUCell
    documents, and warns with ShapeWarning where it is one that is hardly meant.
    """

    @as_written
    def forward(self, input: CellInput, hx: CellH | None = None) -> CellH:
        """What torch.nn.GRUCell takes and returns: its page, "Inputs" and "Outputs".

        batched:
            takes input (N, Hin), h_0 (N, Hcell)
            returns h_n (N, Hcell)
        unbatched:
            takes input (Hin), h_0 (Hcell)
            returns h_n (Hcell)

        hx is h_0; None stands for zeros.

        N: batch
        Hin: input_size
        Hcell: hidden_size
        """
        return self._checked(input, hx)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # torch types no calls
        __call__ = forward
