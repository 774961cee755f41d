"""Tensors for the variables that a proof declares, from their axes specs. Child process only."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from shapeguard.reference.proof import SIZES

_SPEC = re.compile(r"(?P<axes>[\w ]+?)(?::(?P<kind>ids|lengths|mask)(?:\((?P<below>\d+)\))?)?$")


def lengths() -> list[int]:
    """How many steps each sample has: decreasing from all steps, never less than 1."""
    batch, time = SIZES["batch"], SIZES["time"]
    return [max(1, time - sample * time // batch) for sample in range(batch)]


def make(spec: str) -> Tensor:
    """The tensor of an axes spec (see `Proof.inputs`). Raises ValueError for another text."""
    match = _SPEC.fullmatch(spec.strip())
    if match is None:
        raise ValueError(f"not an axes spec: {spec!r}")
    words = match["axes"].split()
    unknown = [word for word in words if word not in SIZES and not word.isdigit()]
    if unknown:
        raise ValueError(f"unknown axis {unknown[0]!r} in {spec!r}: {', '.join(SIZES)} or a size")
    shape = [SIZES[word] if word in SIZES else int(word) for word in words]
    kind = match["kind"]
    if kind is None:
        return torch.randn(shape)
    if kind == "ids" and match["below"]:
        return torch.randint(int(match["below"]), shape)
    if kind == "lengths" and words == ["batch"]:
        return torch.tensor(lengths())
    if kind == "mask" and sorted(words) == ["batch", "time"]:
        present = torch.arange(SIZES["time"]) < torch.tensor(lengths())[:, None]
        return present if words[0] == "batch" else present.T
    raise ValueError(f"{kind} does not fit {spec!r}")


def make_all(specs: Mapping[str, str]) -> dict[str, Tensor]:
    """Every variable of a proof, in its order: what is drawn depends on the seed alone."""
    return {name: make(spec) for name, spec in specs.items()}
