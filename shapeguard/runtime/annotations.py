"""The rows of shapeguard.contract as types, written by `python -m tools.docgen`.

L: steps
N: batch
S: sum of the lengths, step by step over the samples still running
Hin: input_size
Hout: proj_size where it is set, else hidden_size
D*Hout: directions * Hout, forward then backward
Hcell: hidden_size
D*K: directions * num_layers, layer by layer, forward before backward in each

A PackedSequence is a type of its own; the row of its data stands in the comments.
"""

from __future__ import annotations

from typing import TypeAlias

from jaxtyping import Inexact
from torch import Tensor

# batch_first=False: L N Hin
# batch_first=True: N L Hin
# unbatched: L Hin
# packed: S Hin
Input: TypeAlias = (
    Inexact[Tensor, "L N Hin"] | Inexact[Tensor, "N L Hin"] | Inexact[Tensor, "L Hin"]
)

# batch_first=False: L N D*Hout
# batch_first=True: N L D*Hout
# unbatched: L D*Hout
# packed: S D*Hout
Output: TypeAlias = (
    Inexact[Tensor, "L N D*Hout"] | Inexact[Tensor, "N L D*Hout"] | Inexact[Tensor, "L D*Hout"]
)

# batch_first=False: D*K N Hout
# batch_first=True: D*K N Hout
# unbatched: D*K Hout
# packed: D*K N Hout
H: TypeAlias = Inexact[Tensor, "D*K N Hout"] | Inexact[Tensor, "D*K Hout"]

# batch_first=False: D*K N Hcell
# batch_first=True: D*K N Hcell
# unbatched: D*K Hcell
# packed: D*K N Hcell
C: TypeAlias = Inexact[Tensor, "D*K N Hcell"] | Inexact[Tensor, "D*K Hcell"]

# batched: N Hin
# unbatched: Hin
CellInput: TypeAlias = Inexact[Tensor, "N Hin"] | Inexact[Tensor, "Hin"]

# batched: N Hcell
# unbatched: Hcell
CellH: TypeAlias = Inexact[Tensor, "N Hcell"] | Inexact[Tensor, "Hcell"]

# batched: N Hcell
# unbatched: Hcell
CellC: TypeAlias = CellH
