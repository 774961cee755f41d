"""Packed sequences in NumPy: the layout of PackedSequence, written from its documentation.

Packed data is (S, F): the first step of every sample, then the second step of those that still
run, and so on, samples ordered by decreasing length. `batch_sizes[t]` says how many still run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shapeguard.reference.recurrence import Array

Indices = npt.NDArray[np.int64]


def unpack(
    data: Array, batch_sizes: Sequence[int], sorted_indices: Sequence[int] | None = None
) -> tuple[Array, Indices]:
    """The padded (N, L, F) batch with zeros beyond the lengths, and the lengths (N,).

    `sorted_indices` puts the samples back: the packed sample i was sample sorted_indices[i].
    """
    sizes = np.asarray(batch_sizes, dtype=np.int64)
    batch, steps = int(sizes[0]), len(sizes)
    order = np.arange(batch) if sorted_indices is None else np.asarray(sorted_indices)
    padded = np.zeros((batch, steps, data.shape[-1]))
    lengths = np.zeros(batch, dtype=np.int64)
    for t, start in enumerate(np.cumsum(sizes) - sizes):
        running = order[: sizes[t]]
        padded[running, t] = data[start : start + sizes[t]]
        lengths[running] += 1
    return padded, lengths


def pack(padded: Array, lengths: Sequence[int], order: Sequence[int] | None = None) -> Array:
    """The (S, F) data of a padded (N, L, F) batch.

    `order` is that of the packed samples, by decreasing length; if absent, a stable sort.
    """
    steps = np.asarray(lengths)
    ranks = np.argsort(-steps, kind="stable") if order is None else np.asarray(order)
    parts = [padded[ranks[steps[ranks] > t], t] for t in range(int(steps.max()))]
    return np.concatenate(parts)
