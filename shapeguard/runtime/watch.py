"""What only several calls of a module make suspicious, and what each module was warned of."""

from __future__ import annotations

from shapeguard.runtime.call import Call
from shapeguard.runtime.diagnosis import suspect
from shapeguard.runtime.diagnosis.suspicions import (
    BATCH_AS_SEQUENCE,
    ONE_STEP,
    nothing_recurs,
    one_step_from_zeros,
    unbatched_with_state,
)
from shapeguard.runtime.problem import Suspicion

#: Calls of one step and no state, in a row from the first, that are no accident.
PATIENCE = 3


class Watch:
    """Remembers what a module's calls showed so far. Each suspicion is voiced once a module.

    A call that differs from all before it in what it was given must be shown to `suspicions`; a
    repeat only while `wants` says so of it: what clears a module for good has done so the first
    time. Threads that call one module at once may at worst hear a suspicion twice or a call later.
    """

    __slots__ = ("_from_zeros", "_recurs", "_told", "_unbatched")

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._unbatched = False
        self._recurs = False
        self._from_zeros = 0

    def wants(self, call: Call) -> bool:
        """Whether repeats of this call are looked at too."""
        return self._counts(call)

    def suspicions(self, call: Call) -> list[Suspicion]:
        """What to warn of at this call. What is voiced, without an exception, goes to `told`."""
        if unbatched_with_state(call):
            self._unbatched = True
        found = [suspicion for suspicion in suspect(call) if self._news(suspicion)]
        if not one_step_from_zeros(call):
            self._recurs = True
        elif self._counts(call):
            self._from_zeros = min(self._from_zeros + 1, PATIENCE)
            if self._from_zeros == PATIENCE:
                found.append(nothing_recurs(call, PATIENCE))
        return found

    def told(self, suspicion: Suspicion) -> None:
        """This was voiced: not again for this module."""
        self._told.add(suspicion.code)

    def _counts(self, call: Call) -> bool:
        return not self._recurs and ONE_STEP not in self._told and one_step_from_zeros(call)

    def _news(self, suspicion: Suspicion) -> bool:
        if suspicion.code == BATCH_AS_SEQUENCE and self._unbatched:
            return False
        return suspicion.code not in self._told
