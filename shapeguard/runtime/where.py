"""Where the user's program stands: file, line and rank. Asked only when something is wrong."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from linecache import getline
from pathlib import Path
from types import CodeType, FrameType, TracebackType

#: Packages whose frames lie between the user's line and a check.
_MACHINERY = ("torch", "jaxtyping", "beartype")
_OURS = str(Path(__file__).resolve().parents[1]) + os.sep


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
    folders = [_OURS]
    for name in _MACHINERY:
        origin = getattr(sys.modules.get(name), "__file__", None)
        if origin:
            folders.append(str(Path(origin).resolve().parent) + os.sep)
    return tuple(folders)


def internal(code: CodeType) -> bool:
    """Whether code is torch's, a type checker's or ours."""
    file = code.co_filename
    return file.startswith(("<", *_machinery())) and not file.startswith("<ipython")


def user_frame() -> FrameType | None:
    """The innermost frame that is the user's: not torch's, not ours."""
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


def traceback_at(frame: FrameType) -> TracebackType:
    """A traceback of one entry: raised with it, an error is shown, and debugged, at that frame."""
    return TracebackType(None, frame, frame.f_lasti, frame.f_lineno)


def rank() -> int | None:
    """This process's rank in a torch.distributed job, None outside of one."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return int(distributed.get_rank())
