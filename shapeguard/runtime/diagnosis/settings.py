"""Settings that torch takes at construction and refuses at every call."""

from __future__ import annotations

from shapeguard.contract import Layout
from shapeguard.runtime.call import Call
from shapeguard.runtime.diagnosis.bindings import constructor
from shapeguard.runtime.problem import Cause, Problem


def wrong(call: Call) -> Problem | None:
    """A setting whose type the kernels refuse, though bool() or int() of it would do."""
    for name, value in call.layer.settings:
        if name == "num_layers":
            if isinstance(value, bool):
                return _num_layers(call, value)
        elif type(value) is not bool and not (
            name == "batch_first" and call.layout is Layout.PACKED
        ):
            return _flag(call, name, value)
    return None


def _num_layers(call: Call, value: bool) -> Problem:
    flag = "bidirectional=True" if value else "bidirectional=False"
    return Problem(
        slot="num_layers",
        summary=f"num_layers is {value}, a flag, and torch fails at every call",
        expected="an int",
        got=f"{value} (bool)",
        causes=(
            Cause(
                "flag-as-number",
                "A flag stands where num_layers is read: the third positional argument is "
                f"num_layers. It counts as {int(value)}.",
                f"{constructor(call.layer, num_layers=int(value))}  # or {flag}, by keyword",
            ),
        ),
    )


def _flag(call: Call, name: str, value: object) -> Problem:
    kind = type(value).__name__
    if isinstance(value, str):
        why = (
            f"{name} is text, as from a command line or a configuration file, and any text "
            f"counts as True except the empty one: {value!r} makes it {bool(value)}."
        )
        meant = value.strip().lower() in ("true", "yes", "on", "1")
    else:
        why = (
            f"The constructor takes it and reads it as {bool(value)}; the kernel behind the call "
            "takes a bool and nothing else."
        )
        meant = bool(value)
    changed = {name: meant}
    return Problem(
        slot=name,
        summary=f"{name} is {value!r} ({kind}), no bool, and torch fails at every call",
        expected="True or False (bool)",
        got=f"{value!r} ({kind})",
        causes=(Cause("flag-not-bool", why, f"{constructor(call.layer, **changed)}"),),
    )
