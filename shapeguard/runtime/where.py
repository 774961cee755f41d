"""Where the user's program stands: file, line and rank. Asked only when something is wrong."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from linecache import getline
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

#: Packages whose frames lie between the user's line and a check.
_MACHINERY = ("shapeguard", "torch", "jaxtyping", "beartype")
#: What such frames call their file where it is none. Other names of that form are the user's:
#: "<stdin>", "<string>", "<ipython-input-1>", "<doctest ...>".
_GENERATED = ("<frozen ", "<@beartype", "<eval_with_key>")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the user's program."""

    file: str
    line: int
    function: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}, in {self.function}"


@lru_cache(maxsize=1)
def _machinery() -> tuple[str, ...]:
    files = (getattr(sys.modules.get(name), "__file__", None) for name in _MACHINERY)
    return tuple(folder for file in files if file for folder in _folders(Path(file).parent))


@lru_cache(maxsize=1)
def _library() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Folders of Python's own library, and those in them that hold what was installed."""
    paths = sysconfig.get_paths()
    own = {folder for name in ("stdlib", "platstdlib") for folder in _folders(Path(paths[name]))}
    added = {folder for name in ("purelib", "platlib") for folder in _folders(Path(paths[name]))}
    return tuple(own), tuple(added)


def _folders(folder: Path) -> set[str]:
    """As it is written and as it is on the disk, for prefixes of a file's name."""
    return {f"{folder}{os.sep}", f"{folder.resolve()}{os.sep}"}


def internal(code: CodeType) -> bool:
    """Whether code is torch's, a type checker's, Python's own or ours."""
    file = code.co_filename
    own, added = _library()
    return file.startswith((*_GENERATED, *_machinery())) or (
        file.startswith(own) and not file.startswith(added)
    )


def user_frame() -> FrameType | None:
    """The innermost frame that is the user's; None where a thread's work began in torch's code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and internal(frame.f_code):
        frame = frame.f_back
    return frame


def place(frame: FrameType) -> Place:
    """File, line, function and source text of a frame."""
    code = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)  # co_qualname: Python 3.11
    line = getline(code.co_filename, frame.f_lineno, frame.f_globals).strip()
    return Place(code.co_filename, frame.f_lineno, name, line)


def shown(file: str) -> str:
    """How a file is named to its reader: from the current folder on, if it lies there."""
    try:
        short = os.path.relpath(file)
    except ValueError:  # another drive, on Windows
        return file
    return file if file.startswith("<") or short.startswith(os.pardir) else short


def called_as(module: object) -> str:
    """A module's name as the calls under way show it, "Model.encoder.rnn"; else empty.

    The outermost module that is being called and holds it gives the name; wrappers of torch's own
    only where there is no other. Of all frames only those of torch's `__call__` are asked for their
    locals: before Python 3.13 a frame keeps what it was asked for until it ends.
    """
    name = wrapped = ""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_call_impl" and code.co_varnames[:1] == ("self",):
            owner = frame.f_locals["self"]
            path = _path_in(owner, module)
            if path:
                found = f"{type(owner).__name__}.{path}"
                if type(owner).__module__.partition(".")[0] == "torch":
                    wrapped = found
                else:
                    name = found
        frame = frame.f_back
    return name or wrapped


def _path_in(owner: Any, module: object) -> str:
    for path, found in getattr(owner, "named_modules", tuple)():
        if found is module:
            return str(path).replace("_orig_mod.", "")
    return ""


def traceback_at(frame: FrameType) -> TracebackType:
    """A traceback of one entry: raised with it, an error is shown, and debugged, at that frame."""
    return TracebackType(None, frame, frame.f_lasti, frame.f_lineno)


def rank() -> int | None:
    """This process's rank in a torch.distributed job, None outside of one."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return int(distributed.get_rank())
