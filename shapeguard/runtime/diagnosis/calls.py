"""The order in which a call is looked at: what explains most comes first."""

from __future__ import annotations

from shapeguard.runtime.call import Call
from shapeguard.runtime.diagnosis.suspicions import refused_by_cudnn
from shapeguard.runtime.problem import Problem


def diagnose(call: Call) -> Problem | None:
    """What torch.nn's documents refuse in this call; None where nothing is known to be wrong."""
    return refused_by_cudnn(call)
