"""A bad and a fixed program for each first rule come out as what they are; so do false cases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from shapeguard.reference import runner as runner_module
from shapeguard.reference.proof import Proof
from shapeguard.reference.runner import Runner, RunnerError, prove, runs
from shapeguard.reference.verdict import Ending, Outcome, ProofCase, Ruling, Verdict, judge


def model(build: str, forward: str) -> str:
    """A program with one model: what its constructor builds, and the body of its forward."""
    head = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
    body = f"""\
class Model(nn.Module):
    def __init__(self):
        super().__init__()
{indent(dedent(build).strip(), " " * 8)}

    def forward(self, x):
{indent(dedent(forward).strip(), " " * 8)}
"""
    return head + body


ROOT = Path(__file__).resolve().parents[2]
TIME = {"x": "time batch 5"}
BATCH = {"x": "batch time 5"}
CALL = "Model()(x)"
LSTM = "self.lstm = nn.LSTM(5, 16)\nself.fc = nn.Linear(16, 3)"
GRU_2 = "self.gru = nn.GRU(5, 16, 2, batch_first=True)\nself.fc = nn.Linear(16, 3)"
BI = """
self.lstm = nn.LSTM(5, 16, 2, batch_first=True, bidirectional=True)
self.fc = nn.Linear(32, 3)
"""

CASES = [
    ProofCase(
        "SG101",
        model(LSTM, "out, _ = self.lstm(x)\nreturn self.fc(out[:, -1])"),
        model(LSTM, "out, _ = self.lstm(x)\nreturn self.fc(out[-1])"),
        Proof(inputs=TIME, run=CALL, watch="fc", expect="last_step"),
    ),
    ProofCase(
        "SG102",
        model(GRU_2, "out, _ = self.gru(x)\nreturn self.fc(out[-1])"),
        model(GRU_2, "out, _ = self.gru(x)\nreturn self.fc(out[:, -1])"),
        Proof(inputs=BATCH, run=CALL, expect="apply('fc', last_step)"),
    ),
    ProofCase(
        "SG201",
        model(
            "self.rnn = nn.RNN(5, 16, batch_first=True)\nself.loss = nn.CrossEntropyLoss()",
            "out, _ = self.rnn(x)\nreturn self.loss(out[:, -1], torch.zeros(7, dtype=torch.long))",
        ),
        model(
            """
            self.rnn = nn.RNN(5, 16, batch_first=True)
            self.fc = nn.Linear(16, 16)
            self.loss = nn.CrossEntropyLoss()
            """,
            """
            out, _ = self.rnn(x)
            return self.loss(self.fc(out[:, -1]), torch.zeros(7, dtype=torch.long))
            """,
        ),
        Proof(inputs=BATCH, run=CALL, watch="cross_entropy", expect="apply('fc', last_step)"),
    ),
    ProofCase(
        "SG202",
        model(LSTM, "out = self.lstm(x)\nreturn self.fc(out[-1][0])"),
        model(LSTM, "out, _ = self.lstm(x)\nreturn self.fc(out[-1])"),
        Proof(inputs=TIME, run=CALL, watch="fc", expect="last_step"),
    ),
    ProofCase(
        "SG202 loud",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16)\nout, h, c = lstm(x)\n",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16)\nout, (h, c) = lstm(x)\n",
        Proof(
            inputs=TIME,
            run="(out, h, c)",
            raises="not enough values to unpack",
            expect="(output, h_n, c_n)",
        ),
    ),
    ProofCase(
        "SG203",
        model(LSTM, "out, hidden = self.lstm(x)\nreturn self.fc(hidden[-1][-1])"),
        model(LSTM, "out, hidden = self.lstm(x)\nreturn self.fc(hidden[0][-1])"),
        Proof(inputs=TIME, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG205",
        model(BI.replace("32, 3", "16, 3"), "out, _ = self.lstm(x)\nreturn self.fc(out)"),
        model(BI, "out, _ = self.lstm(x)\nreturn self.fc(out)"),
        Proof(inputs=BATCH, run=CALL, raises="cannot be multiplied", expect="apply('fc', output)"),
    ),
    ProofCase(
        "SG205 silent",
        model(
            BI.replace("32, 3", "16, 3"),
            "out, _ = self.lstm(x)\nreturn self.fc(out.reshape(-1, 16))",
        ),
        model(BI, "out, _ = self.lstm(x)\nreturn self.fc(out.reshape(-1, 32))"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="output.reshape(-1, output.shape[-1])"),
    ),
    ProofCase(
        "SG301",
        model(BI, "out, (h, c) = self.lstm(x)\nreturn self.fc(out[:, -1])"),
        model(BI, "out, (h, c) = self.lstm(x)\nreturn self.fc(torch.cat((h[-2], h[-1]), dim=-1))"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG302",
        model(BI.replace("32, 3", "16, 3"), "_, (h, c) = self.lstm(x)\nreturn self.fc(h[-1])"),
        model(BI, "_, (h, c) = self.lstm(x)\nreturn self.fc(torch.cat((h[-2], h[-1]), -1))"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG303",
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[0])"),
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[-1])"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="h_n[-1]"),
    ),
    ProofCase(
        "SG305",
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[:, -1])"),
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[-1])"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG501",
        model(GRU_2, "h0 = torch.zeros(x.size(0), 2, 16)\nreturn self.gru(x, h0)[0]"),
        model(GRU_2, "h0 = torch.zeros(2, x.size(0), 16)\nreturn self.gru(x, h0)[0]"),
        Proof(inputs=BATCH, run=CALL, raises="Expected hidden size (2, 7, 16)", expect="output"),
    ),
    ProofCase(
        "SG601",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16, dropout=0.5)\n",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16)\n",
        Proof(inputs=TIME, run="lstm(x)[0]", no_warning="dropout option", expect="output"),
    ),
    ProofCase(
        "SG602",
        model("self.lstm = nn.LSTM(5, 16, 1, True)", "return self.lstm(x)[0][:, -1]"),
        model("self.lstm = nn.LSTM(5, 16, 1, batch_first=True)", "return self.lstm(x)[0][:, -1]"),
        Proof(inputs=BATCH, run=CALL, holds="layer.batch_first", expect="last_step"),
    ),
    ProofCase(
        "SG602 built only",
        "from torch import nn\n\ncell = nn.GRUCell(5, 16, False)\n",
        "from torch import nn\n\ncell = nn.GRUCell(5, 16)\n",
        Proof(holds="layer.kind == 'GRUCell' and layer.bias is True"),
    ),
]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(workers=2, time_limit=5.0) as pool:
        yield pool


@pytest.fixture(scope="module")
def verdicts(runner: Runner) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in runner.prove(CASES)}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_true_case_is_confirmed(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert verdict.ruling is Ruling.CONFIRMED, str(verdict)
    assert verdict.fixed.satisfied
    if verdict.fixed.difference is not None:
        assert verdict.fixed.difference < 1e-12


def test_the_evidence_is_in_numbers(verdicts: dict[str, Verdict]) -> None:
    bad = verdicts["SG301"].bad
    assert bad.shape == bad.expected_shape == (7, 32)
    assert bad.difference is not None
    assert bad.difference > 0.01
    assert verdicts["SG305"].bad.shape == (2, 16)
    assert "(7, 16)" in verdicts["SG305"].bad.detail
    assert "RuntimeError: mat1 and mat2" in verdicts["SG205"].bad.detail
    assert "num_layers=1" in verdicts["SG601"].bad.detail
    assert "read the batch (7) as its steps" in verdicts["SG602"].bad.detail


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_fix_that_changes_nothing_fails(name: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == name)
    (verdict,) = runner.prove([replace(case, fixed=case.code)])
    # Without the head that SG201 asks for, the claim about the fixed program means nothing.
    expected = Ruling.INCONCLUSIVE if name == "SG201" else Ruling.FIX_FAILS
    assert verdict.ruling is expected, str(verdict)


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_bad_program_that_is_right_is_not_bad(name: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == name)
    (verdict,) = runner.prove([replace(case, code=case.fixed)])
    assert verdict.ruling is Ruling.BAD_IS_NOT_BAD, str(verdict)


@pytest.mark.parametrize(
    ("fixed", "says"),
    [
        ("return self.fc(h[-1].repeat(1, 2))", "differs from final_state"),
        ("return self.fc(torch.cat((h[-1], h[-2]), dim=-1))", "differs from final_state"),
        ("return self.fc(torch.cat((h[0], h[1]), dim=-1))", "differs from final_state"),
        ("return self.fc(torch.cat((h[-2], h[-1]), dim=0))", "RuntimeError: mat1"),
        ("return self.fc(torch.cat((h[-2], h[-1]), dim=-1)[:6])", "shape (6, 32)"),
        ("return self.fc(torch.kat((h[-2], h[-1]), dim=-1))", "AttributeError"),
        ("return self.fc(torch.cat((h[-2], h[-1]), dim=-1) / 0)", "differs from final_state"),
    ],
)
def test_a_wrong_fix_fails(fixed: str, says: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == "SG301")
    wrong = model(BI, f"out, (h, c) = self.lstm(x)\n{fixed}")
    (verdict,) = runner.prove([replace(case, fixed=wrong)])
    assert verdict.ruling is Ruling.FIX_FAILS, str(verdict)
    assert says in verdict.reason


RAN = Outcome(Ending.BROKEN, "differs")
RIGHT = Outcome(Ending.SATISFIED)


@pytest.mark.parametrize(
    ("proof", "bad", "says"),
    [
        (Proof(run="x"), RAN, "claims nothing"),
        (Proof(expect="output"), Outcome(Ending.RAISED, "RuntimeError: shape"), "nothing is"),
        (
            Proof(raises="Expected"),
            Outcome(Ending.RAISED, "TypeError: x"),
            "'Expected' is declared",
        ),
        (Proof(raises="Expected", expect="output"), RAN, "ran to its end"),
        (Proof(raises="name"), Outcome(Ending.RAISED, "NameError: name 'x'"), "is broken"),
        (Proof(expect="output"), Outcome(Ending.UNCLEAR, "2 recurrent layers"), "2 recurrent"),
        (Proof(expect="output"), Outcome(Ending.OUT_OF_MEMORY), "out of memory"),
        (Proof(expect="output"), Outcome(Ending.DIED, "status 3"), "status 3"),
    ],
)
def test_what_cannot_be_decided_is_inconclusive(proof: Proof, bad: Outcome, says: str) -> None:
    verdict = judge(ProofCase("case", "", "", proof), bad, RIGHT)
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert says in verdict.reason


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (Proof(inputs=BATCH, run=CALL, expect="outptu"), "NameError"),
        (Proof(inputs=BATCH, run=CALL, expect="output", layer="gru2"), "NameError"),
        (Proof(inputs=BATCH, run=CALL, expect="output", watch="head"), "nothing called 'head'"),
        (Proof(inputs={"x": "batch steps 5"}, run=CALL, expect="output"), "unknown axis 'steps'"),
        (Proof(inputs={"x": "batch time 5:ids"}, run=CALL, expect="output"), "ids does not fit"),
    ],
)
def test_a_proof_with_a_mistake_proves_nothing(proof: Proof, says: str, runner: Runner) -> None:
    case = next(case for case in CASES if case.name == "SG303")
    (verdict,) = runner.prove([replace(case, proof=proof)])
    assert verdict.ruling is Ruling.INCONCLUSIVE, str(verdict)
    assert says in verdict.reason


def test_two_layers_have_to_be_told_apart(runner: Runner) -> None:
    two = model(
        "self.a = nn.GRU(5, 16, batch_first=True)\nself.b = nn.GRU(16, 8, batch_first=True)",
        "return self.b(self.a(x)[0])[0][:, -1]",
    )
    proof = Proof(inputs=BATCH, run=CALL, expect="last_step")
    assert runner.run(two, proof).ending is Ending.UNCLEAR
    assert runner.run(two, replace(proof, layer="b")).satisfied
    assert runner.run(two, replace(proof, layer="a")).ending is Ending.BROKEN


def test_sizes_that_coincide_decide_nothing(runner: Runner) -> None:
    code = "import torch\nfrom torch import nn\ny = nn.GRU(5, 16)(torch.randn(16, 3, 5))[0]\n"
    outcome = runner.run(code, Proof(run="y", expect="output"))
    assert outcome.ending is Ending.UNCLEAR
    assert "steps and hidden size are both 16" in outcome.detail


GOOD = {
    "packed, last step and final state": (
        """
        from torch import nn
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        lstm = nn.LSTM(5, 16, 2, batch_first=True, bidirectional=True)
        packed = pack_padded_sequence(x, lengths.flip(0), batch_first=True, enforce_sorted=False)
        out, (h, c) = lstm(packed)
        out, n = pad_packed_sequence(out, batch_first=True)
        last = out[range(7), n - 1]
        """,
        Proof(
            inputs={"x": "batch time 5", "lengths": "batch:lengths"},
            run="(out, last, h, c)",
            expect="(output, last_step, h_n, c_n)",
        ),
    ),
    "embedding, a named encoder, the mask, a reference from the canonical input": (
        """
        from torch import nn

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(13, 5)
                self.drop = nn.Dropout(0.5)
                self.encoder = nn.GRU(5, 16, dropout=0.3, num_layers=2)
                self.head = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 8), nn.ReLU())

            def forward(self, ids):
                assert mask.shape == ids.shape
                out, _ = self.encoder(self.drop(self.embed(ids)).transpose(0, 1))
                return self.head(out[-1])
        """,
        Proof(
            inputs={"ids": "batch time:ids(13)", "mask": "batch time:mask"},
            run="Model()(ids)",
            layer="encoder",
            expect="apply('head', rnn(apply('embed', ids)).last_step)",
        ),
    ),
    "a Cell stepped over time, its state carried": (
        """
        import torch
        from torch import nn

        cell = nn.LSTMCell(5, 16)
        h = c = torch.zeros(7, 16)
        for x_t in x:
            h, c = cell(x_t, (h, c))
        """,
        Proof(inputs=TIME, run="(h, c)", expect="(h_n, c_n)"),
    ),
    "unbatched, relu, hx by keyword, called by forward": (
        """
        import torch
        from torch import nn

        rnn = nn.RNN(5, 16, nonlinearity="relu")
        out, h = rnn.forward(x, hx=torch.ones(1, 16))
        """,
        Proof(inputs={"x": "time 5"}, run="(out, h, out[-1])", expect="(output, h_n, last_step)"),
    ),
    "weights that change after the call": (
        """
        import torch
        from torch import nn

        gru = nn.GRU(5, 16)
        optimizer = torch.optim.SGD(gru.parameters(), lr=1.0)
        out, h = gru(x)
        out.sum().backward()
        optimizer.step()
        """,
        Proof(inputs=TIME, run="out", expect="output"),
    ),
    "no proof: it runs": ("assert __name__ == '__main__'", None),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_program_satisfies_its_proof(name: str, runner: Runner) -> None:
    code, proof = GOOD[name]
    outcome = runner.run(dedent(code), proof)
    assert outcome.satisfied, str(outcome)


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


def test_the_shared_runner() -> None:
    case = next(case for case in CASES if case.name == "SG303")
    assert [verdict.confirmed for verdict in prove([case, case])] == [True, True]
    assert runs(case.fixed, case.proof).satisfied
    assert not runs(case.code, case.proof).satisfied
    assert runs("x = 1").satisfied


def test_a_verdict_reads_as_one_block(verdicts: dict[str, Verdict]) -> None:
    first, bad, fixed = str(verdicts["SG303"]).splitlines()
    assert first.startswith("SG303: confirmed (silent: differs from h_n[-1] (7, 16) by up to ")
    assert bad.startswith("  bad   broken: differs")
    assert fixed.startswith("  fixed satisfied: equals h_n[-1] (7, 16) within ")


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
