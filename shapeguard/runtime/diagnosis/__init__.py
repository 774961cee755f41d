"""From a call to what is wrong with it: pure functions over plain data, one module per family."""

from shapeguard.runtime.diagnosis.calls import diagnose
from shapeguard.runtime.diagnosis.suspicions import suspect

__all__ = ["diagnose", "suspect"]
