"""What the runtime checks cost, beside the bare module and beside jaxtyping's own decorator.

    python -m benchmarks.runtime [--update] [--rounds N] [--device cpu|cuda]

The modules of a line are called in turns, a few calls at a time. A cost is the median over the
rounds of the difference to the bare module in the same round, so what disturbs the machine disturbs
both. --update writes benchmarks/runtime.json and, from it, docs/benchmarks.md. The exit code is 1
where a bar is missed.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import os
import platform
import statistics
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import torch
from beartype import beartype
from jaxtyping import Float, jaxtyped
from torch import Tensor, nn

import shapeguard
from benchmarks.packages import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = ROOT / "benchmarks" / "runtime.json"
PACKAGES = ("torch", "jaxtyping", "beartype")

LAYERS_BAR = 0.1
GUARD_BAR = 0.2
USUAL_BAR = 0.01

Sequence = Float[Tensor, "L N D"]
State = Float[Tensor, "K N H"]
Step = Float[Tensor, "N H"]


class LSTM(nn.LSTM):
    """As people annotate a layer: types on forward, checked at every call."""

    @jaxtyped(typechecker=beartype)
    def forward(  # type: ignore[override]
        self, input: Sequence, hx: tuple[State, State] | None = None
    ) -> tuple[Float[Tensor, "L N H"], tuple[State, State]]:
        return super().forward(input, hx)


class GRU(nn.GRU):
    """The same of a layer with one state."""

    @jaxtyped(typechecker=beartype)
    def forward(  # type: ignore[override]
        self, input: Sequence, hx: State | None = None
    ) -> tuple[Float[Tensor, "L N H"], State]:
        return super().forward(input, hx)


class LSTMCell(nn.LSTMCell):
    """The same of a Cell."""

    @jaxtyped(typechecker=beartype)
    def forward(
        self, input: Float[Tensor, "N D"], hx: tuple[Step, Step] | None = None
    ) -> tuple[Step, Step]:
        return super().forward(input, hx)


@dataclass(frozen=True)
class Case:
    """A call to measure: the class by its name, sizes, and whether a state is passed."""

    kind: str
    steps: int
    batch: int
    features: int
    state: bool
    small: bool = True

    @property
    def words(self) -> str:
        sizes = f"batch {self.batch}, time {self.steps}, {self.features}, {self.features}"
        return f"{self.kind}, {sizes}, {'a state' if self.state else 'no state'}"

    def arguments(self, device: str) -> tuple[Any, ...]:
        """What forward is called with."""
        cell = self.kind.endswith("Cell")
        lead = (self.batch,) if cell else (self.steps, self.batch)
        x = torch.randn(*lead, self.features, device=device)
        if not self.state:
            return (x,)
        h = x.new_zeros(*(() if cell else (1,)), self.batch, self.features)
        return (x, (h, h.clone())) if "LSTM" in self.kind else (x, h)


CASES = (
    Case("LSTM", 3, 2, 8, state=False),
    Case("LSTM", 3, 2, 8, state=True),
    Case("GRU", 3, 2, 8, state=True),
    Case("LSTMCell", 1, 2, 8, state=True),
    Case("LSTM", 32, 16, 64, state=False, small=False),
    Case("LSTM", 32, 16, 64, state=True, small=False),
)
WAYS = ("decorator", "layer", "guard(model)", "guard()", "new shapes")


@dataclass(frozen=True)
class Cost:
    """Microseconds a call: of the bare module, and what each way adds to it."""

    case: str
    small: bool
    bare: float
    added: dict[str, float]

    def share(self, way: str) -> float:
        """What a way adds, in what the decorator adds."""
        return self.added[way] / self.added["decorator"]

    def missed(self) -> list[str]:
        """The bars that do not hold here."""
        bars = {"layer": LAYERS_BAR, "guard(model)": GUARD_BAR} if self.small else {}
        found = [
            f"{way}: {self.share(way):.3f}" for way, bar in bars.items() if self.share(way) > bar
        ]
        if not self.small and self.added["layer"] / self.bare > USUAL_BAR:
            found.append(f"layer: {self.added['layer'] / self.bare:.2%} of the call")
        return [f"{self.case}, {text}" for text in found]


def measure(case: Case, device: str, rounds: int) -> Cost:
    """One case, all ways in turns."""
    arguments = case.arguments(device)
    calls = 2000 // (10 if case.small else 200)

    def build(cls: Any) -> nn.Module:
        module: nn.Module = cls(case.features, case.features, device=device)
        return module.eval()

    plain = getattr(nn, case.kind)
    modules = {
        "bare": build(plain),
        "decorator": build(globals().get(case.kind, plain)),
        "layer": build(getattr(shapeguard, case.kind)),
        "guard(model)": build(plain),
        "guard()": build(plain),
        "new shapes": build(getattr(shapeguard, case.kind)),
    }
    shapeguard.guard(modules["guard(model)"])
    taken: dict[str, list[float]] = {name: [] for name in modules}
    gc.collect()
    gc.disable()
    try:
        with torch.no_grad():
            for number in range(rounds + 2):
                for name, module in modules.items():
                    with shapeguard.guard() if name == "guard()" else nullcontext():
                        module(*arguments)
                        forget = name == "new shapes"
                        took = _time(module, arguments, calls, forget, device)
                    if number >= 2:  # the first rounds warm up
                        taken[name].append(took / calls * 1e6)
    finally:
        gc.enable()
    bare = taken.pop("bare")
    added = {
        name: statistics.median(a - b for a, b in zip(times, bare, strict=True))
        for name, times in taken.items()
    }
    return Cost(case.words, case.small, statistics.median(bare), added)


def _time(
    module: nn.Module, arguments: tuple[Any, ...], calls: int, forget: bool, device: str
) -> float:
    seen: dict[object, object] = module._shapeguard.seen if forget else {}  # type: ignore[union-attr, assignment]
    if device != "cpu":
        torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(calls):
        module(*arguments)
        if forget:
            seen.clear()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def conditions(device: str, rounds: int) -> dict[str, str]:
    """When, on what, and with which versions."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    machine = f"{cores} cores ({platform.machine()}), {torch.get_num_threads()} thread of torch's"
    if device != "cpu":
        machine = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine,
        "versions": f"Python {platform.python_version()}, {packages}",
        "rounds": str(rounds),
    }


def table(costs: list[Cost]) -> list[tuple[str, ...]]:
    """Headings and rows: microseconds, and shares of the decorator's or of the bare call."""
    heads = ("Call", "bare", "decorator", "layer", "guard(model)", "guard()", "new shapes", "bars")
    rows: list[tuple[str, ...]] = [heads]
    for cost in costs:
        cells = [f"{cost.added['decorator']:+.1f} µs"]
        for way in WAYS[1:]:
            share = cost.share(way) if cost.small else cost.added[way] / cost.bare
            text = f"{share:.1%}" if not cost.small else f"{share:.3f}"
            cells.append(f"{cost.added[way]:+.1f} µs ({text})")
        bars = (
            f"layer {LAYERS_BAR:g}, guard(model) {GUARD_BAR:g}"
            if cost.small
            else f"layer {USUAL_BAR:.0%}"
        )
        rows.append((cost.case, f"{cost.bare:.0f} µs", *cells, bars))
    return rows


def page(figures: dict[str, Any]) -> str:
    """docs/benchmarks.md."""
    parts = [
        "# What the runtime checks cost",
        "Written by `python -m benchmarks.runtime --update`; do not edit. Times depend on the\n"
        "machine, so the ratios are what counts: all ways are called in turns in one run, and a\n"
        "cost is the median difference to the bare module of the same round.",
        "*decorator* is a subclass whose forward carries jaxtyping's types and is decorated with\n"
        "`@jaxtyped(typechecker=beartype)`; *layer* is the drop-in class, *guard(model)* and\n"
        "*guard()* are the guards, all on shapes that they have seen; *new shapes* is the drop-in\n"
        "class when every call is a new combination of shapes. In brackets: the share of what the\n"
        "decorator adds; in the lines of usual size, the share of the bare call.",
    ]
    for device, title in (("cpu", "On the CPU"), ("cuda", "On a GPU")):
        parts.append(f"## {title}")
        found = figures.get(device)
        if not found:
            parts.append(
                "Not measured: no GPU was at hand. The tests marked `gpu` have not run on one "
                "either."
            )
            continue
        told = found["conditions"]
        parts.append(
            f"{told['date']}; {told['machine']}; {told['versions']}; {told['rounds']} rounds."
        )
        rows = table([Cost(**cost) for cost in found["costs"]])
        rows.insert(1, ("---",) * len(rows[0]))
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtime", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    costs = [measure(case, options.device, options.rounds) for case in CASES]
    _show(table(costs))
    if options.update:
        figures: dict[str, Any] = {}
        if FIGURES.exists():
            figures = json.loads(FIGURES.read_text(encoding="utf-8"))
        figures[options.device] = {
            "conditions": conditions(options.device, options.rounds),
            "costs": [asdict(cost) for cost in costs],
        }
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(figures), encoding="utf-8")
    missed = [text for cost in costs for text in cost.missed()]
    for text in missed:
        print(f"missed: {text}")
    return 1 if missed else 0


def _show(rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(*rows[0])
    for row in rows[1:]:
        shown.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


if __name__ == "__main__":
    sys.exit(main())
