"""What a run came to, in a few lines: never "clean" for what was not read."""

from __future__ import annotations

from collections import Counter

from shapeguard.lint.outcome import Outcome


def render(outcome: Outcome, fixing: bool, unsafe: bool) -> str:
    """The last lines of a report for people."""
    lines = [_found(outcome), *_fixable(outcome, fixing, unsafe), _checked(outcome)]
    return "".join(line + "\n" for line in lines)


def would_fix(outcome: Outcome) -> str:
    """The last lines of --diff."""
    count = sum(outcome.applied.values())
    first = f"Would fix {_count(count, 'finding')}." if count else "No fixes to show."
    return f"{first}\n{_checked(outcome)}\n"


def warnings(outcome: Outcome) -> list[str]:
    """A line for all that was not checked or not fixed, each naming its file."""
    lines = [f"error: {_one_line(each.path)}: {each.reason}" for each in outcome.problems]
    lines += [
        f"warning: {_one_line(path)}: cell {each.cell} skipped: {each.reason}"
        for path, each in outcome.skipped
    ]
    for each, why in outcome.refused:
        cell = "" if each.cell is None else f"cell {each.cell}:"
        place = f"{each.filename}:{cell}{each.span.start.row}:{each.span.start.column}"
        lines.append(f"warning: {place}: the fix of {each.code} was not made: {why}")
    for fixed in outcome.fixed:
        if not fixed.settled:
            name = fixed.before.program.filename
            lines.append(f"warning: {name}: more fixes are left after the last pass; run it again")
    return lines


def _found(outcome: Outcome) -> str:
    counts = Counter(each.severity for each in outcome.findings)
    done = sum(outcome.applied.values())
    left = len(outcome.findings)
    if done:
        return f"Found {_count(left + done, 'finding')} ({done} fixed, {left} remaining)."
    if left:
        kinds = [_count(counts["error"], "error"), _count(counts["warning"], "warning")]
        kinds.append(f"{counts['advice']} advice")
        return f"Found {_list([kind for kind in kinds if kind[0] != '0'])}."
    if outcome.problems:
        checked = "found in what could be checked" if outcome.checked else "could be checked"
        return f"Nothing {checked}."
    return "All checks passed!"


def _fixable(outcome: Outcome, fixing: bool, unsafe: bool) -> list[str]:
    safe, hidden = outcome.fixable(unsafe=False), outcome.fixable(unsafe=True)
    if fixing:
        # What could be fixed has been, or is named in a warning.
        offered = 0 if unsafe else hidden
        text = f"{_count(offered, 'unsafe fix', 'unsafe fixes')} available with --unsafe-fixes."
        return [text] if offered else []
    if unsafe and safe + hidden:
        return [f"[*] {safe + hidden} fixable with --fix."]
    if safe:
        more = f" ({hidden} more with --unsafe-fixes)" if hidden else ""
        return [f"[*] {safe} fixable with --fix{more}."]
    text = f"{_count(hidden, 'unsafe fix', 'unsafe fixes')} available with --fix --unsafe-fixes."
    return [text] if hidden else []


def _checked(outcome: Outcome) -> str:
    text = (
        f"Checked {_count(outcome.checked, 'file')},"
        f" {outcome.recurrent:,} of them with recurrent layers"
    )
    missed = []
    if outcome.problems:
        missed.append(f"{len(outcome.problems):,} could not be checked")
    if outcome.skipped:
        missed.append(f"{_count(len(outcome.skipped), 'notebook cell')} skipped")
    return f"{text}; {_list(missed)}." if missed else f"{text}."


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _list(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _one_line(path: str) -> str:
    return path.replace("\n", "\\n").replace("\r", "\\r")
