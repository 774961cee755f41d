"""A training job of several processes, run by test_distributed: `MODE RANK WORLD STORE`.

Prints what the test looks at. Rank 1 is given a wrong shape in every mode but "right".
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

import shapeguard

T, N, F, H = 7, 3, 5, 6
WAYS = ("bare", "annotated", "guard(model)", "guard(ddp)", "guard()")
#: How long a rank waits for another that lives and does not answer.
PATIENCE = timedelta(seconds=200)

Result = dict[str, list[Tensor]]


class Model(nn.Module):
    def __init__(self, layers: Any) -> None:
        super().__init__()
        self.rnn = layers.LSTM(F, H, batch_first=True)
        self.head = nn.Linear(H, 2)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.head(self.rnn(x)[0][:, -1])
        return result


def model(way: str) -> tuple[nn.Module, AbstractContextManager[object]]:
    """The same model with the same numbers in every process, and what holds its guard."""
    torch.manual_seed(0)
    made = Model(shapeguard if way == "annotated" else nn)
    first = shapeguard.guard(made) if way == "guard(model)" else nullcontext()
    wrapped = DistributedDataParallel(made)
    if way == "guard(ddp)":
        return wrapped, shapeguard.guard(wrapped)
    return wrapped, shapeguard.guard() if way == "guard()" else first


def step(wrapped: nn.Module, x: Tensor) -> None:
    optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
    optimizer.zero_grad()
    wrapped(x).square().mean().backward()
    optimizer.step()


def trained(way: str, rank: int) -> list[Tensor]:
    """Gradients and weights after three steps."""
    wrapped, held = model(way)
    generator = torch.Generator().manual_seed(rank)
    with held:
        for batch in (N, N, N - 1):
            step(wrapped, torch.randn(batch, T, F, generator=generator))
    grads = [parameter.grad for parameter in wrapped.parameters()]
    return [*(grad for grad in grads if grad is not None), *wrapped.state_dict().values()]


def right(rank: int) -> None:
    bare = trained("bare", rank)
    assert len(bare) == 2 * 6
    for way in WAYS:
        same = all(map(torch.equal, trained(way, rank), bare))
        print(f"{way}: {'same' if same else 'DIFFERS'}", flush=True)


def wrong(way: str, rank: int) -> None:
    """The second step of rank 1 has a wrong shape; rank 0 waits for its gradients."""
    wrapped, held = model(way)
    with held:
        step(wrapped, torch.zeros(N, T, F))
        print(f"STEP {time.time()}", flush=True)
        step(wrapped, torch.zeros(N, T, F + rank))
        dist.barrier()


def work(rank: int, mode: str, world: int, store: str) -> None:
    dist.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=world, timeout=PATIENCE
    )
    actions: dict[str, Callable[[], None]] = {
        "right": lambda: right(rank),
        **{way: lambda way=way: wrong(way, rank) for way in WAYS},  # type: ignore[misc]
    }
    actions[mode]()
    dist.destroy_process_group()


if __name__ == "__main__":
    torch.set_num_threads(1)
    work(int(sys.argv[2]), sys.argv[1], int(sys.argv[3]), sys.argv[4])
