"""Which rules are on: codes, prefixes of codes, names and ALL, with ruff's precedence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


class SelectionError(Exception):
    """A selector that names no rule; the message is one line."""


@dataclass(frozen=True, slots=True)
class Selection:
    """One layer of selectors: the configuration, or the command line above it."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    origin: str = "the command line"

    @property
    def selectors(self) -> tuple[str, ...]:
        """All selectors, whatever they do."""
        return (*(self.select or ()), *self.extend_select, *self.ignore)

    def check(self, names: Mapping[str, str]) -> None:
        """SelectionError for a selector that matches no rule of `names` (name by code)."""
        fields = (
            ("select", self.select or ()),
            ("extend-select", self.extend_select),
            ("ignore", self.ignore),
        )
        for field, selectors in fields:
            for selector in selectors:
                if not matches(selector, names):
                    raise SelectionError(
                        f"unknown rule `{selector}` in `{field}` of {self.origin};"
                        " `shapeguard rules` lists them"
                    )


def matches(selector: str, names: Mapping[str, str]) -> list[str]:
    """The codes that a selector stands for: none when it is unknown."""
    if selector == "ALL":
        return list(names)
    if selector and "SG".startswith(selector[:2]):
        return [code for code in names if code.startswith(selector)]
    return [code for code, name in names.items() if name == selector]


def enabled(
    layers: Sequence[Selection],
    names: Mapping[str, str],
    by_default: Callable[[], Collection[str]],
) -> frozenset[str]:
    """The codes that are on. A longer selector beats a shorter one within a layer; a layer with
    `select` starts anew, one without changes what the layers before it chose."""
    on: set[str] | None = None
    for layer in layers:
        updates = _updates(layer, names)
        if layer.select is not None:
            on = {code for code, wanted in updates.items() if wanted}
            continue
        if on is None:
            on = set(by_default())
        on = {code for code in names if updates.get(code, code in on)}
    return frozenset(by_default() if on is None else on)


def _updates(layer: Selection, names: Mapping[str, str]) -> dict[str, bool]:
    wanted = [*(layer.select or ()), *layer.extend_select]
    ordered = sorted(
        [(_weight(selector), True, selector) for selector in wanted]
        + [(_weight(selector), False, selector) for selector in layer.ignore],
        key=lambda entry: (entry[0], not entry[1]),
    )
    return {code: on for _, on, selector in ordered for code in matches(selector, names)}


def _weight(selector: str) -> int:
    """How specific a selector is: ALL least, longer prefixes more, a full code or name most."""
    if selector == "ALL":
        return 0
    return len(selector) if selector.startswith("SG") else len("SG000")


def split(values: Iterable[str]) -> tuple[str, ...]:
    """Selectors as the command line gives them: repeated, or parted by commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
