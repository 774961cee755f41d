"""guard() and status(): the parts of the runtime half that are called by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from torch import nn

from shapeguard.runtime import enforce, everywhere, switch
from shapeguard.runtime.guard import Guard, guard_model, passed_over, shown
from shapeguard.runtime.hooks import Hook

_PATHS_SHOWN = 20


class Every(Enum):
    """The default of guard(). It is not None, as that is what a function without return yields."""

    CALL = "every call"


def guard(model: nn.Module | Every = Every.CALL) -> Guard:
    """Checks every recurrent layer and Cell in `model`, or without a model all that are called.

    guard(model) adds hooks; neither types nor forwards change, and state_dict, copies and pickles
    are as before (copies and pickles are guarded too). guard() replaces the forwards of torch.nn's
    six classes, and checks the packing functions of torch.nn.utils.rnn besides, in all threads.
    Both hold from the call on, until remove() or the end of a `with` block; what several guards
    hold is checked until the last of them is removed.

    Raises TypeError for what is no module (None is none), and for a scripted module. Warns with
    RuntimeWarning where there is nothing to guard, be it that all is guarded already.
    """
    return everywhere.Everywhere() if model is Every.CALL else guard_model(model)


@dataclass(frozen=True, slots=True)
class Status:
    """Whether checks are on, what set that, and what is guarded. Its text says all of it.

    `modules` are the paths of the modules that guard(model) holds, one for each module; `skipped`
    are path and reason of those that it leaves alone.
    """

    on: bool
    reason: str
    modules: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    everywhere: bool
    types_off: str | None

    def __str__(self) -> str:
        lines = [f"shapeguard: checks are {'on' if self.on else 'off'} ({self.reason})"]
        if not self.on:
            lines.append("  nothing is checked until shapeguard.enable()")
        lines.append(f"  {'guarded' if self.on else 'would be guarded'}: {self._guarded()}")
        lines += [f"  not guarded: {path}: {reason}" for path, reason in self.skipped]
        if self.on and self.types_off:
            lines.append(f"  jaxtyping's part of the checks is off: {self.types_off}")
        lines.append("  never checked: calls inside of torch.compile, torch.export and torch.jit")
        return "\n".join(lines)

    def _guarded(self) -> str:
        times = Counter(self.modules)
        parts = [f"{path} ({n} modules)" if n > 1 else path for path, n in times.items()]
        more = len(parts) - _PATHS_SHOWN
        if more > 0:
            parts[_PATHS_SHOWN:] = [f"{more} more"]
        if self.everywhere:
            parts.append("every call of torch.nn's recurrent layers, Cells and packing functions")
        return ", ".join([*parts, "annotated layers (they check themselves)"])


def status() -> Status:
    """What is checked in this process at this moment."""
    return Status(
        on=switch.on,
        reason=switch.reason,
        modules=tuple(sorted(shown(hook.path) for hook in Hook.alive)),
        skipped=tuple(sorted((shown(path), reason) for path, reason in passed_over.values())),
        everywhere=everywhere.holders() > 0,
        types_off=enforce.off(),
    )
