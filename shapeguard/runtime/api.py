"""guard() and status(): the parts of the runtime half that are called by name."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from shapeguard.runtime import enforce, everywhere, switch
from shapeguard.runtime.guard import Guard, guard_model
from shapeguard.runtime.hooks import Hook


def guard(model: nn.Module | None = None) -> Guard:
    """Checks every recurrent layer and Cell in `model`, or without a model all that are called.

    guard(model) adds hooks; neither types nor forwards change, and state_dict, copies and pickles
    are as before (copies and pickles are guarded too). guard() replaces the forwards of torch.nn's
    six classes, and checks the packing functions of torch.nn.utils.rnn besides, in all threads.
    Both hold from the call on, until remove() or the end of a `with` block.

    Raises TypeError for what is no module, and for a scripted module. Warns with RuntimeWarning
    where there is nothing to guard, be it that all is guarded already.
    """
    return everywhere.Everywhere() if model is None else guard_model(model)


@dataclass(frozen=True, slots=True)
class Status:
    """Whether checks are on, what set that, and what is guarded. Its text says all of it."""

    on: bool
    reason: str
    modules: tuple[str, ...]
    everywhere: bool
    types_off: str | None

    def __str__(self) -> str:
        lines = [f"shapeguard: checks are {'on' if self.on else 'off'} ({self.reason})"]
        if self.modules:
            lines.append(f"guarded modules: {', '.join(self.modules)}")
        if self.everywhere:
            lines.append("guarded: every call of torch.nn's recurrent layers, Cells and packing")
        if not self.modules and not self.everywhere:
            lines.append("guarded: nothing (annotated layers check themselves)")
        if self.types_off:
            lines.append(f"jaxtyping's part of the checks is off: {self.types_off}")
        lines.append("never checked: calls inside of torch.compile, torch.export and torch.jit")
        return "\n".join(lines)


def status() -> Status:
    """What is checked in this process at this moment."""
    return Status(
        on=switch.on,
        reason=switch.reason,
        modules=tuple(sorted(hook.path or "(the model itself)" for hook in Hook.alive)),
        everywhere=everywhere.holders() > 0,
        types_off=enforce.off(),
    )
