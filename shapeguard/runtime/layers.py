"""Drop-in layers: torch.nn's own classes, with the contract on their forward.

Constructor, parameters, state_dict keys, repr and results are torch's. The types of forward are the
rows of shapeguard.contract; the layout that holds in a call follows from batch_first and from the
number of the input's axes.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapeguard.runtime.annotated import Annotated
from shapeguard.runtime.annotations import C, CellC, CellH, CellInput, H, Input, Output
from shapeguard.runtime.error import hidden

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]

Forward = TypeVar("Forward", bound=Callable[..., Any])


def as_written(forward: Forward) -> Forward:
    """The function itself, also where an import hook of jaxtyping has wrapped it already.

    The module's settings bind the axes of forward. A hook knows none, so it could not compute D*K.
    """
    written: Forward = inspect.unwrap(forward)
    return written


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
