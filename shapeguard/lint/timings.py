"""Where the time goes: seconds per phase and per rule, for `shapeguard check --timings`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter

PHASES = ("read", "outline", "parse", "other files", "follow", "report")
"""What a check does, in this order; what is no phase is a rule."""

_NOTHING: AbstractContextManager[None] = nullcontext()


class Clock:
    """Adds up seconds by name while it is on; measures in this process only."""

    def __init__(self) -> None:
        self.on = False
        self.seconds: dict[str, float] = {}

    def start(self) -> None:
        """Begin anew."""
        self.on = True
        self.seconds = {}

    def stop(self) -> Mapping[str, float]:
        """What was measured."""
        self.on = False
        return self.seconds

    def measure(self, name: str) -> AbstractContextManager[None]:
        """Count what is done in here under a name, if the clock is on."""
        return self._measured(name) if self.on else _NOTHING

    @contextmanager
    def _measured(self, name: str) -> Iterator[None]:
        before = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - before


CLOCK = Clock()


def table(seconds: Mapping[str, float], rules: Mapping[str, str], total: float) -> str:
    """The phases in order, then the rules, the slowest first, then what is left and the sum."""
    phases = [(name, seconds[name]) for name in PHASES if name in seconds]
    costs = [(f"{code} {rules[code]}", took) for code, took in seconds.items() if code in rules]
    costs.sort(key=lambda cost: -cost[1])
    rest = total - sum(took for _, took in phases) - sum(took for _, took in costs)
    rows = [*phases, *costs, ("everything else", max(rest, 0.0)), ("total", total)]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:{width}} {took:9.3f} s\n" for name, took in rows)
