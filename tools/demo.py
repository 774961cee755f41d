"""The demonstration: what the command finds in the examples, its fixes, and their proof."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shapeguard.reference.runner import prove
from shapeguard.reference.verdict import Ending, ProofCase, Ruling, Verdict
from shapeguard.rules import registry
from tools.documents import ROOT

COMMAND = Path(sys.executable).parent / "shapeguard"
STYLES = {Ruling.CONFIRMED: "green", Ruling.FIX_FAILS: "red", Ruling.BAD_IS_NOT_BAD: "red"}


def command(console: Console, title: str, *arguments: str) -> bool:
    """Show a command and let it print; whether it found something, as the examples ask for."""
    console.rule(title, align="left")
    console.print(f"$ shapeguard {shlex.join(arguments)}\n", style="bold", highlight=False)
    found = subprocess.run([COMMAND, *arguments], cwd=ROOT).returncode == 1
    console.print()
    return found


def cases() -> Iterator[ProofCase]:
    """Every case of every rule that says how its two programs are told apart."""
    for rule in registry().values():
        for number, bad in enumerate(rule.bad, 1):
            if bad.fixed is not None and bad.proof is not None:
                name = f"{rule.code} {rule.name} {number}"
                yield ProofCase(name, bad.code, bad.fixed, bad.proof)


def proofs(console: Console) -> list[Verdict]:
    """Run both programs of every case, and show what that settles."""
    console.rule("The fixes, proved: both programs run, compared with NumPy", align="left")
    start = time.perf_counter()
    verdicts = prove(cases())
    table = Table(box=None, pad_edge=False)
    table.add_column("case", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("what the code with the mistake does")
    for verdict in verdicts:
        style = STYLES.get(verdict.ruling, "yellow")
        ruling = f"[{style}]{verdict.ruling.value}[/]"
        table.add_row(verdict.name, ruling, verdict.reason.replace("[", r"\["))
    console.print(table)
    confirmed = sum(verdict.confirmed for verdict in verdicts)
    silent = sum(verdict.bad.ending is not Ending.RAISED for verdict in verdicts)
    took = time.perf_counter() - start
    console.print(f"\n{confirmed} of {len(verdicts)} cases confirmed in {took:.0f} s")
    console.print(f"{silent} of {len(verdicts)} run to their end without an error")
    return verdicts


def main() -> int:
    """Run everything; 1 where something is not as the demonstration says."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    found = command(console, "The examples, checked", "check", "examples")
    offered = command(
        console, "What the fixes change", "check", "examples", "--unsafe-fixes", "--diff"
    )
    verdicts = proofs(console)
    return 0 if found and offered and all(verdict.confirmed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
