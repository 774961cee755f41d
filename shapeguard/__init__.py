"""shapeguard: finds code that misreads what torch.nn.RNN, LSTM and GRU return.

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

    __version__: str

_DATA = ("Diagnostic", "Edit", "Fix", "Note", "Position", "Span")
_HOMES = dict.fromkeys(_DATA, "shapeguard.lint.diagnostic")

__all__ = ["Diagnostic", "Edit", "Fix", "Note", "Position", "Span", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            found: Any = version("torch-shapeguard")
        except PackageNotFoundError:  # run from a checkout that is not installed
            found = "0+unknown"
    elif name in _HOMES:
        from importlib import import_module

        found = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
