"""What only several calls, or the usual meaning of one, make suspicious."""

from __future__ import annotations

from shapeguard.runtime.call import Call
from shapeguard.runtime.problem import Suspicion


class Watch:
    """Remembers what a module's calls showed so far. Each suspicion is voiced once a module."""

    __slots__ = ("_recurs", "_single", "_told")

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._recurs = False
        self._single = 0

    @staticmethod
    def wants(call: Call) -> bool:
        """Whether repeats of this call are looked at too."""
        return False

    def suspicions(self, call: Call) -> list[Suspicion]:
        """What to warn of at this call."""
        return []
