"""shapeguard: finds code that misreads what torch.nn.RNN, LSTM and GRU return.

In a program: the drop-in layers RNN, LSTM, GRU and their Cells; guard() for models that exist;
ShapeError and ShapeWarning; status(), enable() and disable(); annotated() and plain(), which turn
torch's layers into drop-in layers and back. These need torch.

Names load at their first use, so that `shapeguard check` imports neither torch nor a parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapeguard.lint.diagnostic import Diagnostic as Diagnostic
    from shapeguard.lint.diagnostic import Edit as Edit
    from shapeguard.lint.diagnostic import Fix as Fix
    from shapeguard.lint.diagnostic import Note as Note
    from shapeguard.lint.diagnostic import Position as Position
    from shapeguard.lint.diagnostic import Span as Span
    from shapeguard.runtime.api import Status as Status
    from shapeguard.runtime.api import guard as guard
    from shapeguard.runtime.api import status as status
    from shapeguard.runtime.convert import annotated as annotated
    from shapeguard.runtime.convert import plain as plain
    from shapeguard.runtime.error import ShapeError as ShapeError
    from shapeguard.runtime.error import ShapeWarning as ShapeWarning
    from shapeguard.runtime.guard import Guard as Guard
    from shapeguard.runtime.layers import GRU as GRU
    from shapeguard.runtime.layers import LSTM as LSTM
    from shapeguard.runtime.layers import RNN as RNN
    from shapeguard.runtime.layers import GRUCell as GRUCell
    from shapeguard.runtime.layers import LSTMCell as LSTMCell
    from shapeguard.runtime.layers import RNNCell as RNNCell
    from shapeguard.runtime.switch import disable as disable
    from shapeguard.runtime.switch import enable as enable

    __version__: str

_DATA = ("Diagnostic", "Edit", "Fix", "Note", "Position", "Span")
_HOMES = dict.fromkeys(_DATA, "shapeguard.lint.diagnostic")
_HOMES |= dict.fromkeys(("Status", "guard", "status"), "shapeguard.runtime.api")
_HOMES |= dict.fromkeys(("annotated", "plain"), "shapeguard.runtime.convert")
_HOMES |= dict.fromkeys(("ShapeError", "ShapeWarning"), "shapeguard.runtime.error")
_HOMES |= dict.fromkeys(("Guard",), "shapeguard.runtime.guard")
_LAYERS = ("GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell")
_HOMES |= dict.fromkeys(_LAYERS, "shapeguard.runtime.layers")
_HOMES |= dict.fromkeys(("disable", "enable"), "shapeguard.runtime.switch")

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Diagnostic",
    "Edit",
    "Fix",
    "GRUCell",
    "Guard",
    "LSTMCell",
    "Note",
    "Position",
    "RNNCell",
    "ShapeError",
    "ShapeWarning",
    "Span",
    "Status",
    "__version__",
    "annotated",
    "disable",
    "enable",
    "guard",
    "plain",
    "status",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            found: Any = version("torch-shapeguard")
        except PackageNotFoundError:  # run from a checkout that is not installed
            found = "0+unknown"
    elif name in _HOMES:
        from importlib import import_module

        try:
            found = getattr(import_module(_HOMES[name]), name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise ModuleNotFoundError(
                f"shapeguard.{name} needs torch: pip install 'torch-shapeguard[torch]'",
                name="torch",
            ) from None
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
