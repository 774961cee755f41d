"""The order in which a call is looked at: what explains most comes first."""

from __future__ import annotations

from shapeguard.runtime.call import Call
from shapeguard.runtime.diagnosis import forms, inputs, kinds, places, settings, states
from shapeguard.runtime.diagnosis.suspicions import refused_by_cudnn
from shapeguard.runtime.problem import Problem


def diagnose(call: Call) -> Problem | None:
    """What torch.nn's documents refuse in this call; None where nothing is known to be wrong."""
    return settings.wrong(call) or _input(call) or _state(call) or refused_by_cudnn(call)


def _input(call: Call) -> Problem | None:
    return (
        kinds.wrong_kind(call)
        or inputs.wrong_axes(call)
        or places.integers(call)
        or inputs.wrong_features(call)
        or inputs.no_steps(call)
        or places.wrong_input(call)
    )


def _state(call: Call) -> Problem | None:
    if call.layout is None or call.state is None:
        return None
    found = forms.wrong_form(call)
    given = forms.states(call)
    if found or given is None:
        return found
    return states.wrong_shape(call, given) or places.wrong_state(call, given)
