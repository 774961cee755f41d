"""A Jupyter notebook (nbformat 3 or 4) as one program, and edits put back into its raw JSON.

The document is never written anew: an edit changes characters inside the JSON strings of the
lines it touches, so key order, indentation, escapes and outputs stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapeguard.lint.diagnostic import Edit
from shapeguard.lint.magics import mask, skipped_cell
from shapeguard.lint.source import (
    EditError,
    Program,
    SourceError,
    Text,
    Unit,
    refuse_large,
    splice,
)

_SPACE = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[0-9a-fA-F]{4}|\\.|[^\\]",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
_DECODER = json.JSONDecoder(strict=False)


class NotebookSource:
    """A notebook file. Cells are numbered from 1 among all cells, markdown included."""

    def __init__(self, raw: bytes, filename: str) -> None:
        self.raw = raw
        try:
            self._json = raw.decode("utf-8")
            document = _DECODER.decode(self._json.removeprefix("\ufeff"))
        except UnicodeDecodeError as error:
            raise SourceError(f"not UTF-8 text at byte {error.start}") from None
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise SourceError(f"not a notebook: broken JSON at {place}: {error.msg}") from None
        except RecursionError:
            raise SourceError("not a notebook: its JSON is nested too deeply") from None
        self._cells = dict(_code_cells(document))
        refuse_large(sum(map(len, self._cells.values())))
        self.program = Program(
            filename,
            tuple(
                Unit(mask(Text(text).lf), cell)
                for cell, text in self._cells.items()
                if skipped_cell(text) is None
            ),
        )

    def original(self, cell: int | None = None) -> str:
        return self._cells[cell or 0]

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        by_cell: dict[int, list[Edit]] = {}
        for edit in edits:
            if edit.cell not in self._cells:
                raise EditError(f"no code in cell {edit.cell}")
            by_cell.setdefault(edit.cell, []).append(edit)
        places = _sources(self._json)
        changes: list[tuple[int, int, str]] = []
        for cell, wanted in by_cell.items():
            strings = places[cell]
            text = Text("".join(string.text for string in strings))
            if not strings or text.text != self._cells[cell]:
                raise EditError(f"cell {cell} cannot be found in the JSON")
            changes += _json_changes(self._json, strings, text.changes(wanted))
        return splice(self._json, sorted(changes)).encode("utf-8")


@dataclass(frozen=True, slots=True)
class _String:
    """A JSON string: where it stands between its quotes, what it says, and whether it is one of
    the lines of a list."""

    start: int
    end: int
    text: str
    listed: bool


def _code_cells(document: object) -> Iterator[tuple[int, str]]:
    """Number and text of each code cell of a Python notebook."""
    cells = _cells(document)
    assert isinstance(document, dict)
    language = _language(document.get("metadata"))
    if language not in (None, "python", "ipython"):
        raise SourceError(f"not a Python notebook: its language is {language}")
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        if str(cell.get("language", "python")).lower() not in ("python", "ipython"):
            continue
        source = cell.get("source", cell.get("input", ""))
        lines = [source] if isinstance(source, str) else source
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise SourceError(f"not a notebook: cell {number} has no readable source")
        yield number, "".join(lines)


def _cells(document: object) -> list[Any]:
    if isinstance(document, dict):
        cells = document.get("cells")
        if isinstance(cells, list):
            return cells
        sheets = document.get("worksheets")
        if isinstance(sheets, list) and all(isinstance(sheet, dict) for sheet in sheets):
            found = [sheet.get("cells", []) for sheet in sheets]
            if all(isinstance(cells, list) for cells in found):
                return [cell for cells in found for cell in cells]
    raise SourceError("not a notebook: it has no cells")


def _language(metadata: object) -> str | None:
    """The language a notebook says it is in, lower case without a version."""
    if not isinstance(metadata, dict):
        return None
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        section = metadata.get(key)
        if isinstance(section, dict) and isinstance(section.get(field), str):
            return str(section[field]).lower().rstrip("0123456789.")
    return None


def _json_changes(
    document: str, strings: Sequence[_String], changes: Sequence[tuple[int, int, str]]
) -> Iterator[tuple[int, int, str]]:
    """Changes of the joined text of a cell, as changes of the document."""
    ends, total = [], 0
    for string in strings:
        total += len(string.text)
        ends.append(total)
    starts = [0, *ends[:-1]]
    ascii_only = document.isascii() and _ESCAPED.search(document) is not None
    for start, end, content in changes:
        first = next((i for i, stop in enumerate(ends) if start < stop), len(ends) - 1)
        last = max(first, next(i for i, stop in enumerate(ends) if end <= stop))
        at_start, at_end = start == starts[first], end == ends[last]
        if not content and at_start and at_end and len(strings) > 1 and start < end:
            yield _without(strings, first, last)
            continue
        if at_end and last + 1 < len(strings) and not content.endswith("\n"):
            # The line goes on with what the next string says.
            last, at_end = last + 1, False
        lines = re.split(r"(?<=\n)", content) if strings[first].listed else [content]
        if len(lines) > 1 and not lines[-1] and at_end:
            lines.pop()
        written = (json.dumps(line, ensure_ascii=ascii_only)[1:-1] for line in lines)
        yield (
            _raw_offset(document, strings[first], start - starts[first]),
            _raw_offset(document, strings[last], end - starts[last]),
            _between(document, strings).join(written),
        )


def _without(strings: Sequence[_String], first: int, last: int) -> tuple[int, int, str]:
    """The removal of whole lines, with the comma that parts them from the rest."""
    if last + 1 < len(strings):
        return strings[first].start - 1, strings[last + 1].start - 1, ""
    if first:
        return strings[first - 1].end + 1, strings[last].end + 1, ""
    return strings[first].start, strings[last].end, ""


def _between(document: str, strings: Sequence[_String]) -> str:
    """What stands between two lines of a list: quote, comma, space as in this list, quote."""
    if len(strings) > 1:
        return document[strings[0].end : strings[1].start]
    before = document[: strings[0].start - 1]
    return '",' + before[len(before.rstrip(" \t\r\n")) :] + '"'


def _raw_offset(document: str, string: _String, offset: int) -> int:
    """Where in the document the character at `offset` of a string is written."""
    at, done = string.start, 0
    for found in _CHARACTER.finditer(document, string.start, string.end):
        if done >= offset:
            break
        done += 1
        at = found.end()
    if done != offset:
        raise EditError("an edit does not fall on characters of the JSON")
    return at


def _sources(document: str) -> dict[int, list[_String]]:
    """The JSON strings that hold the source of each cell, by its number."""
    found: dict[int, list[_String]] = {}

    def cell(at: int) -> int:
        number = len(found) + 1
        found[number] = []
        return _object(document, at, {"source": source, "input": source})

    def source(at: int) -> int:
        strings: list[_String] = []
        found[len(found)] = strings
        if document[at] == "[":
            return _array(document, at, lambda place: string(place, strings, True))
        return string(at, strings, False)

    def string(at: int, strings: list[_String], listed: bool) -> int:
        if document[at] != '"':
            return _skip(document, at)
        text, end = _DECODER.raw_decode(document, at)
        strings.append(_String(at + 1, end - 1, text, listed))
        return end

    def cells(at: int) -> int:
        return _array(document, at, cell)

    def sheets(at: int) -> int:
        return _array(document, at, lambda place: _object(document, place, {"cells": cells}))

    start = _past_space(document, 1 if document.startswith("\ufeff") else 0)
    _object(document, start, {"cells": cells, "worksheets": sheets})
    return found


_Reader = Callable[[int], int]


def _object(document: str, at: int, readers: Mapping[str, _Reader]) -> int:
    """Read an object with a reader for some of its keys; where it ends. The JSON is sound."""
    if document[at] != "{":
        return _skip(document, at)
    at = _past_space(document, at + 1)
    while document[at] != "}":
        key, at = _DECODER.raw_decode(document, at)
        at = _past_space(document, _past_space(document, at) + 1)
        at = readers[key](at) if key in readers else _skip(document, at)
        at = _past_comma(document, at)
    return at + 1


def _array(document: str, at: int, reader: _Reader) -> int:
    if document[at] != "[":
        return _skip(document, at)
    at = _past_space(document, at + 1)
    while document[at] != "]":
        at = _past_comma(document, reader(at))
    return at + 1


def _skip(document: str, at: int) -> int:
    end: int = _DECODER.raw_decode(document, at)[1]
    return end


def _past_space(document: str, at: int) -> int:
    found = _SPACE.match(document, at)
    return found.end() if found else at


def _past_comma(document: str, at: int) -> int:
    at = _past_space(document, at)
    return _past_space(document, at + 1) if document[at] == "," else at
