"""The documented recurrences, one step at a time in NumPy float64, without torch.

Written from the equations on the torch.nn pages of RNN, LSTM, GRU and their Cells. Weights are
plain arrays under the names of a state_dict: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
`bias_hh_l0`, `weight_hr_l0`, and the same with `_reverse`; Cells have no `_l0`. Biases may be
absent. There is no dropout: compare with modules in evaluation mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
import numpy.typing as npt

from shapeguard.contract import Kind, Sizes, state_index

Array = npt.NDArray[np.float64]
Weights = Mapping[str, Array]

ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
}


@dataclass(frozen=True)
class Reading:
    """What a layer makes of a batch, in one layout for all callers.

    output: (N, L, D*Hout), zero beyond each sample's length. h_n: (D*K, N, Hout). c_n:
    (D*K, N, Hcell), absent without a cell state. lengths: (N,) steps that each sample has.
    """

    output: Array
    h_n: Array
    c_n: Array | None
    lengths: npt.NDArray[np.int64]
    directions: int

    @property
    def last_step(self) -> Array:
        """(N, D*Hout): the output at each sample's own last step."""
        return self.output[np.arange(len(self.lengths)), self.lengths - 1]

    @property
    def final_state(self) -> Array:
        """(N, D*Hout): where the last layer's directions ended, forward then backward."""
        return np.concatenate(self.h_n[-self.directions :], axis=-1)


def sigmoid(x: Array) -> Array:
    """The logistic function, without overflow at either end."""
    half: Array = 0.5 + 0.5 * np.tanh(0.5 * x)
    return half


def step(
    kind: Kind, weights: Weights, suffix: str, x: Array, h: Array, c: Array, nonlinearity: str
) -> tuple[Array, Array]:
    """The next (h, c) of one layer and direction from x (N, Hin), h (N, Hout) and c (N, Hcell).

    `suffix` ends the names of its weights: `_l0`, `_l1_reverse`, or nothing for a Cell. c comes
    back unchanged where the kind has none.
    """
    from_x = x @ weights["weight_ih" + suffix].T + weights.get("bias_ih" + suffix, 0.0)
    from_h = h @ weights["weight_hh" + suffix].T + weights.get("bias_hh" + suffix, 0.0)
    if kind in (Kind.RNN, Kind.RNN_CELL):
        return ACTIVATIONS[nonlinearity](from_x + from_h), c
    if kind in (Kind.GRU, Kind.GRU_CELL):
        x_r, x_z, x_n = np.split(from_x, 3, axis=-1)
        h_r, h_z, h_n = np.split(from_h, 3, axis=-1)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        return (1.0 - z) * np.tanh(x_n + r * h_n) + z * h, c
    i, f, g, o = np.split(from_x + from_h, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    projection = weights.get("weight_hr" + suffix)
    return (h if projection is None else h @ projection.T), c


def sizes_of(kind: Kind, weights: Weights) -> Sizes:
    """What the layer was built with, as far as the weights of its first layer tell."""
    hidden = weights["weight_hh_l0"].shape[0] // {Kind.RNN: 1, Kind.GRU: 3, Kind.LSTM: 4}[kind]
    projection = weights.get("weight_hr_l0")
    return Sizes(
        Hin=weights["weight_ih_l0"].shape[1],
        H=hidden,
        K=sum(1 for _ in takewhile(lambda k: f"weight_ih_l{k}" in weights, count())),
        D=2 if "weight_ih_l0_reverse" in weights else 1,
        proj=0 if projection is None else projection.shape[0],
    )


def read(
    kind: Kind,
    weights: Weights,
    x: Array,
    *,
    lengths: Sequence[int] | None = None,
    h_0: Array | None = None,
    c_0: Array | None = None,
    nonlinearity: str = "tanh",
) -> Reading:
    """Run a layer over a batch.

    x: (N, L, Hin), whatever batch_first says. lengths: the steps of each sample, all L if absent;
    a direction starts from its initial state at the first step, or the last one, that a sample
    has. h_0: (D*K, N, Hout), c_0: (D*K, N, Hcell), zeros if absent.
    """
    sizes = sizes_of(kind, weights)
    batch, steps, _ = x.shape
    present = np.full(batch, steps) if lengths is None else np.asarray(lengths, dtype=np.int64)
    h_n = np.zeros((sizes.D * sizes.K, batch, sizes.proj or sizes.H)) if h_0 is None else h_0.copy()
    c_n = np.zeros((sizes.D * sizes.K, batch, sizes.H)) if c_0 is None else c_0.copy()
    for layer in range(sizes.K):
        halves = []
        for direction in range(sizes.D):
            place = state_index(layer, direction, sizes)
            suffix = f"_l{layer}" + ("_reverse" if direction else "")
            half = np.zeros((batch, steps, h_n.shape[-1]))
            for t in range(steps)[:: -1 if direction else 1]:
                runs = (t < present)[:, None]
                h, c = h_n[place], c_n[place]
                new_h, new_c = step(kind, weights, suffix, x[:, t], h, c, nonlinearity)
                h_n[place], c_n[place] = np.where(runs, new_h, h), np.where(runs, new_c, c)
                half[:, t] = np.where(runs, new_h, 0.0)
            halves.append(half)
        x = np.concatenate(halves, axis=-1)
    return Reading(x, h_n, c_n if kind is Kind.LSTM else None, present, sizes.D)


def layer(
    kind: Kind,
    weights: Weights,
    x: Array,
    state: Array | tuple[Array, Array] | None = None,
    *,
    batch_first: bool = False,
    nonlinearity: str = "tanh",
) -> tuple[Array, Array, Array | None]:
    """output, h_n and c_n (None without a cell state) as the layer must return them.

    x: (L, N, Hin), (N, L, Hin) with batch_first, or (L, Hin) for one sequence; state and results
    laid out to match, see `shapeguard.contract`.
    """
    h_0, c_0 = state if isinstance(state, tuple) else (state, None)
    batched = x.ndim == 3
    if not batched:
        x = x[None]
        h_0, c_0 = (None if s is None else s[:, None] for s in (h_0, c_0))
    elif not batch_first:
        x = x.swapaxes(0, 1)
    found = read(kind, weights, x, h_0=h_0, c_0=c_0, nonlinearity=nonlinearity)
    if not batched:
        return found.output[0], found.h_n[:, 0], None if found.c_n is None else found.c_n[:, 0]
    output = found.output if batch_first else found.output.swapaxes(0, 1)
    return output, found.h_n, found.c_n


def cell(
    kind: Kind,
    weights: Weights,
    x: Array,
    state: Array | tuple[Array, Array] | None = None,
    *,
    nonlinearity: str = "tanh",
) -> tuple[Array, Array | None]:
    """The next state of a Cell: h and c (None without a cell state), shaped as x is.

    x: (N, Hin) or (Hin,); state: (N, Hcell) or (Hcell,), zeros if absent.
    """
    zeros = np.zeros((*x.shape[:-1], weights["weight_hh"].shape[1]))
    h, c = state if isinstance(state, tuple) else (state, None)
    h, c = step(
        kind,
        weights,
        "",
        x,
        zeros if h is None else h,
        zeros if c is None else c,
        nonlinearity,
    )
    return h, c if kind is Kind.LSTM_CELL else None
