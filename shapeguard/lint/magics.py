"""What IPython adds to Python, hidden so that a Python parser reads the rest.

Rows never move, and code that a magic runs (`%time y = f(x)`) keeps its columns too.
"""

from __future__ import annotations

import re

# Cell magics whose body runs as Python in the namespace of the notebook.
_PYTHON_CELLS = frozenset({"capture", "debug", "ipytest", "prun", "time", "timeit"})
_HINT = re.compile(r"^[ \t]*[%!?]|\?[ \t]*(?:#|$)|=[ \t]*[%!]", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_LINE = re.compile(r"[ \t]*(?:[%!]|\?{1,2}[\w.*%])")
_TIME = re.compile(r"([ \t]*)%time[ \t](?=[ \t]*\S)")
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][\w.\[\]'\", \t*()]*=[ \t]*)[%!](?![=%])")
_HELP = re.compile(r"[ \t]*[%\w.*\[\]'\"]+\?{1,2}[ \t]*(?:#.*)?")
_TOKEN = re.compile(r"\\.|#|\"\"\"|'''|\"|'|[(\[{]|[)\]}]", re.DOTALL)


def skipped_cell(text: str) -> str | None:
    """The name of the magic that makes a cell something else than Python, if there is one."""
    found = _CELL_MAGIC.match(text)
    return found[1] if found and found[1] not in _PYTHON_CELLS else None


def mask(text: str) -> str:
    """The text with magics, shell lines and help requests replaced by harmless Python."""
    if not _HINT.search(text):
        return text
    lines = text.split("\n")
    state = _State()
    masking = False
    for number, line in enumerate(lines):
        if masking or (state.at_statement and _is_magic(line)):
            lines[number] = "" if masking else _harmless(line)
            masking = line.endswith("\\")
            if masking:
                continue
            line = lines[number]
        state.read(line)
    return "\n".join(lines)


def _is_magic(line: str) -> bool:
    return bool(_LINE.match(line) or _ASSIGNED.match(line) or _HELP.fullmatch(line))


def _harmless(line: str) -> str:
    timed = _TIME.match(line)
    if timed and not line.endswith("\\"):
        return f"{timed[1]}pass; {line[timed.end() :]}"
    assigned = _ASSIGNED.match(line)
    if assigned and not _LINE.match(line):
        return assigned[1] + "get_ipython()"
    if line.lstrip().startswith("%%"):
        return ""
    return line[: len(line) - len(line.lstrip())] + "pass"


class _State:
    """Whether the next line begins a statement: no open bracket, string or backslash before it."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._joined = False

    @property
    def at_statement(self) -> bool:
        return not (self._depth or self._quote or self._joined)

    def read(self, line: str) -> None:
        self._joined = False
        for found in _TOKEN.finditer(line + "\n"):
            token = found.group()
            if self._quote:
                # In "a""" the three quotes end one string and make an empty one.
                if token.startswith(self._quote):
                    self._quote = ""
            elif token == "#":
                break
            elif token[0] == "\\":
                self._joined = token == "\\\n"
            elif token in "([{":
                self._depth += 1
            elif token in ")]}":
                self._depth = max(0, self._depth - 1)
            else:
                self._quote = token
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""
