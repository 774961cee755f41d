"""The rows of shapeguard.contract as types, written by `python -m tools.docgen`."""

from __future__ import annotations

from typing import TypeAlias

from jaxtyping import Inexact
from torch import Tensor

Input: TypeAlias = (
    Inexact[Tensor, "L N Hin"] | Inexact[Tensor, "N L Hin"] | Inexact[Tensor, "L Hin"]
)
Output: TypeAlias = (
    Inexact[Tensor, "L N D*Hout"] | Inexact[Tensor, "N L D*Hout"] | Inexact[Tensor, "L D*Hout"]
)
H: TypeAlias = Inexact[Tensor, "D*K N Hout"] | Inexact[Tensor, "D*K Hout"]
C: TypeAlias = Inexact[Tensor, "D*K N Hcell"] | Inexact[Tensor, "D*K Hcell"]
CellInput: TypeAlias = Inexact[Tensor, "N Hin"] | Inexact[Tensor, "Hin"]
CellH: TypeAlias = Inexact[Tensor, "N Hcell"] | Inexact[Tensor, "Hcell"]
CellC: TypeAlias = Inexact[Tensor, "N Hcell"] | Inexact[Tensor, "Hcell"]
