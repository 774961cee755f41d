"""The page of a rule, as Markdown: what `shapeguard explain` shows and docs/rules/ holds."""

from __future__ import annotations

import difflib
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.rule import Bad, Rule

# Examples stand before this heading of a rule's own text.
_AFTER_EXAMPLES = "## Fix safety"


def fix_word(rule: Rule) -> str:
    """What kind of fix a rule offers, in one word: safe, unsafe or none."""
    return rule.fix.value if rule.fix is not None else "none"


_ENDS = {"static": "check", "guard": "guard"}


def ends(rule: Rule) -> str:
    """What finds a rule's mistake: `shapeguard check`, and `shapeguard.guard()`."""
    return ", ".join(_ENDS[each] for each in rule.ends)


def page(rule: Rule) -> str:
    """The whole page: title, facts, the rule's own text with its first case, what stays silent."""
    text = textwrap.dedent(rule.page).strip()
    before, heading, after = text.partition(_AFTER_EXAMPLES)
    parts = [
        f"# {rule.code} {rule.name}",
        _sentence(rule.summary),
        f"Severity: **{rule.severity.value}**. Fix: **{fix_word(rule)}**. "
        f"Found by: **{ends(rule)}**.",
        before.strip(),
    ]
    if "## Example" not in text and rule.bad:
        parts += _example(rule.bad[0])
    if rule.good:
        parts.append("## What it does not flag")
        parts.append("\n".join(f"- {good.why}" for good in rule.good))
    parts.append((heading + after).strip())
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def _example(case: Bad) -> list[str]:
    """The first bad case, and what its fix changes."""
    parts = ["## Example", _fence("python", case.code)]
    if case.fixed is not None:
        parts += ["## Use instead", _fence("diff", _diff(case.code, case.fixed))]
    return parts


def _diff(before: str, after: str) -> str:
    """The changed lines with two lines around them; what lies between is an ellipsis."""
    lines = difflib.unified_diff(
        _clean(before).splitlines(), _clean(after).splitlines(), lineterm="", n=2
    )
    shown = ["..." if line.startswith("@@") else line for line in list(lines)[2:]]
    return "\n".join(shown).removeprefix("...\n")


def _clean(code: str) -> str:
    return textwrap.dedent(code).strip("\n")


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{_clean(text)}\n```"
