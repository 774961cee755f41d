"""Whether checks are on: SHAPEGUARD=off in the environment, enable() and disable()."""

from __future__ import annotations

import os
import warnings

_WORDS = {"off": False, "0": False, "false": False, "no": False}
_WORDS |= {"": True, "on": True, "1": True, "true": True, "yes": True}


def _from_environment() -> tuple[bool, str]:
    word = os.environ.get("SHAPEGUARD", "")
    if word.strip().lower() not in _WORDS:
        warnings.warn(
            f"SHAPEGUARD={word!r} is neither on nor off; the checks are on.",
            RuntimeWarning,
            stacklevel=2,
        )
        return True, "SHAPEGUARD is not understood: on by default"
    if word:
        return _WORDS[word.strip().lower()], f"SHAPEGUARD={word} in the environment"
    return True, "by default"


#: Read on every call of a guarded layer.
on: bool
#: What set `on` last.
reason: str
on, reason = _from_environment()


def enable() -> None:
    """Turns every check of this process on, whatever SHAPEGUARD says."""
    global on, reason
    on, reason = True, "shapeguard.enable()"


def disable() -> None:
    """Turns every check of this process off. Layers and guards stay and only pass through."""
    global on, reason
    on, reason = False, "shapeguard.disable()"
