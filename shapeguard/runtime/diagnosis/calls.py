"""The order in which a call is looked at: what explains most comes first."""

from __future__ import annotations

from shapeguard.runtime.call import Call
from shapeguard.runtime.problem import Problem, Suspicion


def diagnose(call: Call) -> Problem | None:
    """What torch.nn's documents refuse in this call; None where nothing is known to be wrong."""
    return None


def suspect(call: Call) -> tuple[Suspicion, ...]:
    """What this call alone makes suspicious, though it runs."""
    return ()
