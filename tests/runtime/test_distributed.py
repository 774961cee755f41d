"""DistributedDataParallel over gloo, two processes: the same training, and errors that end the job.

A rank that raises closes its connections when its process ends; gloo on the other ranks notices,
and they end too. What no library can help is a rank that catches the error and goes on without the
step that the others wait in: those wait until the process group's timeout.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import ProcessRaisedException, spawn

import shapeguard
from shapeguard import ShapeError
from tests.runtime import distributed_program as program

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (dist.is_available() and dist.is_gloo_available()), reason="needs torch's gloo"
    ),
]

ROOT = Path(__file__).resolve().parents[2]
#: Seconds for the job to end. One that hangs waits for PATIENCE, which is more.
LIMIT = 30.0
#: Seconds for two processes to import torch on a busy machine.
START = 120.0
WORLD = 2


def processes(mode: str, store: Path) -> list[subprocess.Popen[str]]:
    """One process for each rank, which know nothing of one another, as on two machines."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "tests.runtime.distributed_program", mode]
    return [
        subprocess.Popen(
            [*command, str(rank), str(WORLD), str(store)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        for rank in range(WORLD)
    ]


class Ended(NamedTuple):
    """How the process of a rank ended, and when."""

    code: int
    out: str
    err: str
    time: float


def results(job: list[subprocess.Popen[str]], limit: float) -> list[Ended]:
    """What became of each rank. Fails where one does not end in time."""
    deadline = time.monotonic() + limit
    found = []
    try:
        for rank, process in enumerate(job):
            try:
                out, err = process.communicate(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pytest.fail(f"rank {rank} hangs")
            found.append(Ended(process.returncode, out, err, time.time()))
    finally:
        for process in job:
            process.kill()
            process.wait()
    return found


def test_training_with_checks_gives_the_same_gradients_and_weights(tmp_path: Path) -> None:
    for rank in results(processes("right", tmp_path / "store"), limit=180):
        assert rank.code == 0, rank.err
        assert rank.out.splitlines() == [f"{way}: same" for way in program.WAYS]


@pytest.mark.parametrize("way", program.WAYS[1:])
def test_a_wrong_shape_on_one_rank_names_the_rank_and_ends_the_job(
    way: str, tmp_path: Path
) -> None:
    zero, one = results(processes(way, tmp_path / "store"), limit=START + LIMIT)
    assert one.code != 0
    path = {"guard(model)": "rnn", "guard(ddp)": "module.rnn"}.get(way, "Model.rnn")
    assert f"ShapeError: SG206 input of {path} (LSTM)" in one.err
    assert "on rank 1" in one.err
    assert "rank 0" not in one.err
    assert zero.code != 0
    assert "ShapeError" not in zero.err  # given what is right; gloo tells it of the other's end
    assert re.search("gloo|Connection|peer", zero.err)
    step = float(one.out.removeprefix("STEP "))
    took = max(zero.time, one.time) - step
    print(f"{way}: all ranks ended {took:.1f} s after the wrong call")
    assert took < LIMIT


def test_spawned_processes_end_and_the_parent_is_told_the_rank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    start: Any = spawn
    job = start(
        program.work,
        args=("annotated", WORLD, str(tmp_path / "store")),
        nprocs=WORLD,
        join=False,
    )

    def joined() -> None:
        deadline = time.monotonic() + START + LIMIT
        while not job.join(timeout=1):
            assert time.monotonic() < deadline, "the job hangs"

    try:
        with pytest.raises(ProcessRaisedException) as caught:
            joined()
    finally:
        for process in job.processes:
            process.kill()
    assert caught.value.error_index == 1
    assert "on rank 1" in str(caught.value)
    assert "ShapeError: SG206 input of Model.rnn (LSTM)" in str(caught.value)


def test_outside_of_a_job_no_rank_is_named() -> None:
    with pytest.raises(ShapeError) as caught:
        shapeguard.LSTM(5, 6)(torch.zeros(7, 3, 4))
    assert caught.value.rank is None
    assert "on rank" not in str(caught.value)
