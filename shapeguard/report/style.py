"""Colours of reports for a terminal; plain where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.lint.diagnostic import Severity

_SEVERITY = {"error": "31", "warning": "33", "advice": "36"}


@dataclass(frozen=True, slots=True)
class Style:
    """Marks up parts of a report, or leaves them as they are."""

    colour: bool = False

    def severity(self, text: str, severity: Severity) -> str:
        """In the colour of a severity."""
        return self._paint(text, f"1;{_SEVERITY[severity]}")

    def path(self, text: str) -> str:
        """A place in a file."""
        return self._paint(text, "1")

    def strong(self, text: str) -> str:
        """What should stand out."""
        return self._paint(text, "1")

    def gutter(self, text: str) -> str:
        """Line numbers and rules beside code."""
        return self._paint(text, "1;34")

    def fixable(self, text: str) -> str:
        """The mark of a fix."""
        return self._paint(text, "36")

    def added(self, text: str) -> str:
        """A line that a change adds."""
        return self._paint(text, "32")

    def removed(self, text: str) -> str:
        """A line that a change removes."""
        return self._paint(text, "31")

    def _paint(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour and text else text
