"""A program that hangs, eats memory or kills its process harms neither the runner nor its peers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from shapeguard.reference import runner as runner_module
from shapeguard.reference.proof import Proof
from shapeguard.reference.runner import Runner, RunnerError
from shapeguard.reference.verdict import Ending, ProofCase, Ruling

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(workers=2, time_limit=5.0) as pool:
        yield pool


HOSTILE = {
    "while True:\n    pass": (Ending.TIMED_OUT, "after 1 s"),
    "import time\ntime.sleep(60)": (Ending.TIMED_OUT, "after 1 s"),
    "import os\nos._exit(3)": (Ending.DIED, "status 3"),
    "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)": (Ending.DIED, "signal 11"),
    "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)": (Ending.DIED, "process that runs"),
    "hog = bytearray(1 << 33)": (Ending.OUT_OF_MEMORY, "MemoryError"),
    "import torch\nhog = torch.zeros(1 << 31)": (Ending.OUT_OF_MEMORY, "allocate"),
    "hog = []\nwhile True:\n    hog.append(bytes(1 << 24))": (Ending.OUT_OF_MEMORY, "MemoryError"),
    "raise SystemExit(2)": (Ending.RAISED, "SystemExit: 2"),
    "input()": (Ending.RAISED, "EOFError"),
    "def f(:": (Ending.RAISED, "SyntaxError"),
    "import not_a_module": (Ending.RAISED, "ModuleNotFoundError"),
    "open('big', 'wb').write(bytes(1 << 26))": (Ending.RAISED, "OSError"),
}


@pytest.fixture(scope="module")
def short() -> Iterator[Runner]:
    with Runner(workers=1, time_limit=1.0, memory_limit=1 << 28) as pool:
        yield pool


@pytest.mark.parametrize("code", HOSTILE)
def test_a_program_cannot_take_the_runner_down(code: str, short: Runner) -> None:
    ending, says = HOSTILE[code]
    outcome = short.run(code)
    assert (outcome.ending, says in outcome.detail) == (ending, True), str(outcome)
    assert short.run("x = 1").satisfied


def test_an_endless_program_is_a_verdict_of_its_own(short: Runner) -> None:
    proof = Proof(run="1", expect="1")
    cases = [
        ProofCase("bad", "while 1: pass", "", proof),
        ProofCase("fix", "", "while 1: 1", proof),
    ]
    assert [verdict.ruling for verdict in short.prove(cases)] == [Ruling.TIMED_OUT] * 2


def test_a_program_sees_nothing_of_the_machine(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")
    code = """
    import os, sys
    assert os.listdir() == []
    assert sorted(os.environ) == sorted(
        {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"}
        & set(os.environ) | {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} & set(os.environ)
    ), os.environ
    assert os.environ["HOME"] == os.getcwd()
    open("left behind", "w").write("x")
    print("seen")
    print("seen too", file=sys.stderr)
    """
    for _ in range(2):
        outcome = runner.run(dedent(code))
        assert outcome.satisfied, str(outcome)
        assert outcome.printed == "seen\nseen too\n"


def test_programs_do_not_reach_each_other(runner: Runner) -> None:
    runner.run("import torch\ntorch.nn.LSTM = None\ntorch.set_default_dtype(torch.float16)")
    for _ in range(2):
        code = "import torch\nx = torch.randn(2)\nprint(x.dtype, x.tolist(), torch.nn.LSTM)"
        assert "float64" in runner.run(code).printed
    assert len({runner.run(code).printed for _ in range(3)}) == 1


def test_without_torch_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "START", "import torch_that_is_not_there")
    with Runner(workers=1) as pool, pytest.raises(RunnerError, match="torch_that_is_not_there"):
        pool.run("x = 1")


def test_neither_torch_nor_numpy_is_imported_here() -> None:
    code = (
        "import sys, shapeguard.contract, shapeguard.reference.runner, shapeguard.reference.proof;"
        "print([m for m in ('torch', 'numpy', 'libcst') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert shown.stdout.strip() == "[]"
