"""Comments that suppress diagnostics: `# noqa`, `# noqa: SG301`, `# shapeguard: ignore[...]`.

Comments are found by the tokenizer, so text in a string never counts. As in ruff, a comment counts
for the row a diagnostic starts on; within a string of several rows, or rows joined by
backslashes, for the last of them.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from shapeguard.lint.catalogue import UNUSED_IGNORE, UNUSED_NAME
from shapeguard.lint.diagnostic import Diagnostic, Edit, Fix, Position, Span
from shapeguard.lint.source import Program

_NOQA = re.compile(
    r"#\s*noqa(?:(?P<colon>\s*:)\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?|(?![\w:]))",
    re.IGNORECASE,
)
_IGNORE = re.compile(
    r"#\s*shapeguard:\s*ignore(?P<file>-file)?(?:\[(?P<codes>[^\]]*)\]|(?![\w\[-]))"
)
_LISTED = re.compile(r"[^\s,]+")
_OURS = re.compile(r"SG[0-9]{3}", re.IGNORECASE)
_COMMENT = re.compile(r"#.*")


@dataclass(frozen=True, slots=True)
class Directive:
    """One suppression comment; `codes` is None where it suppresses every rule."""

    cell: int | None
    row: int
    column: int
    text: str
    codes: tuple[str, ...] | None
    whole_file: bool
    noqa: bool

    def covers(self, diagnostic: Diagnostic) -> str | None:
        """Which of its codes suppresses a diagnostic on its row: "" for all of them."""
        if self.codes is None:
            return ""
        for code in self.codes:
            if code.upper() == diagnostic.code or code == diagnostic.name:
                return code
        return None


class Suppressions:
    """The suppression comments of a program, and what they were needed for."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._rows: dict[tuple[int | None, int], int] = {}
        self._directives: list[Directive] = []
        self._used: dict[Directive, set[str]] = {}
        for unit in program.units:
            comments, last_rows = _comments(unit.text)
            self._rows.update({(unit.cell, row): last for row, last in last_rows.items()})
            for row, column, comment in comments:
                self._directives += _directives(comment, unit.cell, row, column)

    def kept(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The diagnostics that no comment suppresses, each with its `noqa_row`."""
        return [each for each in map(self._placed, diagnostics) if not self._suppressed(each)]

    def unused(self, names: Mapping[str, str], enabled: frozenset[str]) -> Iterator[Diagnostic]:
        """A diagnostic for each comment that suppressed nothing; ask after `kept`."""
        for directive in self._directives:
            used = self._used.get(directive, set())
            if directive.codes is None:
                idle = [] if directive.noqa or used else [""]
            else:
                ours = (c for c in directive.codes if not directive.noqa or _OURS.fullmatch(c))
                idle = [code for code in ours if code not in used]
            if idle:
                reasons = [_reason(code, names, enabled) for code in idle]
                yield self._unused(directive, idle, reasons)

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        row = diagnostic.span.start.row
        return replace(diagnostic, noqa_row=self._rows.get((diagnostic.cell, row), row))

    def _suppressed(self, diagnostic: Diagnostic) -> bool:
        found = False
        for directive in self._directives:
            if directive.codes is None and diagnostic.code == UNUSED_IGNORE:
                continue  # or no comment for all rules could ever be reported
            here = directive.cell == diagnostic.cell and directive.row == diagnostic.noqa_row
            if here or directive.whole_file:
                code = directive.covers(diagnostic)
                if code is not None:
                    self._used.setdefault(directive, set()).add(code)
                    found = True
        return found

    def _unused(self, directive: Directive, idle: list[str], reasons: list[str]) -> Diagnostic:
        start = Position(directive.row, directive.column)
        span = Span(start, Position(directive.row, directive.column + len(directive.text)))
        partly = len(idle) < len(directive.codes or idle)
        what = f"{', '.join(idle)} in `{directive.text}`" if partly else f"`{directive.text}`"
        words = f" ({'; '.join(reason for reason in reasons if reason)})" if any(reasons) else ""
        return Diagnostic(
            code=UNUSED_IGNORE,
            name=UNUSED_NAME,
            severity="warning",
            message=f"{what} suppresses nothing{words}",
            span=span,
            filename=self._program.filename,
            why="It would hide the next mistake of that kind on this line.",
            advice="Remove it.",
            cell=directive.cell,
            fix=Fix("safe", "Remove what is unused", (self._removal(directive, span, idle),)),
            noqa_row=directive.row,
        )

    def _removal(self, directive: Directive, span: Span, idle: list[str]) -> Edit:
        needed = [code for code in directive.codes or () if code not in idle]
        if needed:
            first = (directive.codes or ("",))[0]
            head = directive.text[: directive.text.index(first)]
            tail = "]" if directive.text.endswith("]") else ""
            return Edit(span, head + ", ".join(needed) + tail, directive.cell)
        line = self._program.text(directive.cell).split("\n")[directive.row - 1]
        before = line[: directive.column - 1]
        after = line[directive.column - 1 + len(directive.text) :]
        if after.lstrip().startswith("#"):
            kept = len(after.lstrip())
            end = Position(directive.row, len(line) - kept + 1)
            return Edit(replace(span, end=end), "", directive.cell)
        start = Position(directive.row, len(before.rstrip()) + 1)
        end = Position(directive.row, len(line) + 1)
        return Edit(Span(start, end), "", directive.cell)


def _reason(code: str, names: Mapping[str, str], enabled: frozenset[str]) -> str:
    if not code:
        return ""
    known = [each for each, name in names.items() if code.upper() == each or code == name]
    if not known:
        return f"no rule {code}"
    return "" if known[0] in enabled else f"{code} is off"


def _directives(comment: str, cell: int | None, row: int, column: int) -> Iterator[Directive]:
    for pattern in (_NOQA, _IGNORE):
        for found in pattern.finditer(comment):
            noqa = pattern is _NOQA
            listed = found["codes"]
            if noqa and found["colon"] and not listed:
                continue
            codes = None if listed is None else tuple(_LISTED.findall(listed))
            whole = not noqa and found["file"] is not None
            place = column + found.start()
            yield Directive(cell, row, place, found.group(), codes, whole, noqa)


_Comments = list[tuple[int, int, str]]


def _comments(text: str) -> tuple[_Comments, dict[int, int]]:
    """Row, column and text of each comment; and for rows that another row speaks for, that row."""
    comments: _Comments = []
    last_rows: dict[int, int] = {}
    broken = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            start, end = token.start[0], token.end[0]
            if broken and start > broken:
                # No line break token since: the rows are joined by backslashes.
                last_rows.update((row, start) for row in range(broken, start))
            broken = end
            if token.type == tokenize.COMMENT:
                comments.append((start, token.start[1] + 1, token.string))
            elif token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
                broken = 0
            elif end > start:
                last_rows.update((row, end) for row in range(start, end))
    except (tokenize.TokenError, SyntaxError):
        return _comments_by_line(text), last_rows
    return comments, _settled(last_rows)


def _settled(rows: dict[int, int]) -> dict[int, int]:
    """Each row with the last row of its chain."""
    for row in sorted(rows, reverse=True):
        rows[row] = rows.get(rows[row], rows[row])
    return rows


def _comments_by_line(text: str) -> _Comments:
    """What looks like a comment, for text that the running Python cannot tokenize."""
    return [
        (row, found.start() + 1, found.group())
        for row, line in enumerate(text.split("\n"), 1)
        for found in _COMMENT.finditer(line)
    ]
