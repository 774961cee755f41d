"""pytest --shapeguard: each test runs pytest on a small project, most of them in this process."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from torch import nn

from shapeguard.runtime import error, everywhere, switch

pytest_plugins = ["pytester"]

# A layer given a state of another batch, which torch refuses, too.
WRONG = """
import torch
from torch import nn

def call():
    layer = nn.GRU(3, 5)
    return layer(torch.zeros(7, 2, 3), torch.zeros(1, 4, 5))
"""
# One sequence where a batch may be meant: SG106, which torch takes silently.
ODD = """
import torch
from torch import nn

def call():
    layer = nn.GRU(3, 5)
    return layer(torch.zeros(7, 3))
"""
RIGHT = """
import torch
from torch import nn

def test_right():
    output, state = nn.LSTM(3, 5, bidirectional=True)(torch.zeros(7, 2, 3))
    assert output.shape == (7, 2, 10)
    assert nn.GRUCell(3, 5)(torch.zeros(2, 3)).shape == (2, 5)
"""
SECTION = "*= shapeguard =*"
GUARDING = "shapeguard: guarding every recurrent call"

Run = Callable[..., pytest.RunResult]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The outer run's options and switch do not reach the inner one; nothing is left of a run."""
    for name in ("SHAPEGUARD", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(switch, "on", True)
    monkeypatch.setattr(switch, "reason", "by default")
    before = everywhere.holders(), tuple(error.observers)
    yield
    assert (everywhere.holders(), tuple(error.observers)) == before


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs pytest on the project so far, in this process, which has torch loaded."""

    def run_in_process(*arguments: str) -> pytest.RunResult:
        with warnings.catch_warnings():
            warnings.resetwarnings()  # the outer run's filters make errors of warnings
            return pytester.runpytest_inprocess(
                "-p", "no:cacheprovider", *arguments, no_reraise_ctrlc=True
            )

    return run_in_process


def lines(result: pytest.RunResult) -> str:
    """The text of the section, without what follows it."""
    _, _, rest = result.stdout.str().partition("= shapeguard =")
    return rest.partition("\n=")[0].partition("\n")[2]


# When it is on


def test_the_entry_point_names_the_plugin() -> None:
    (point,) = entry_points(group="pytest11", name="shapeguard")
    assert point.value == "shapeguard.integrations.pytest_plugin"


def test_off_by_default(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        ODD
        + """
def test_odd():
    call()
    from shapeguard.runtime import everywhere
    print("holders", everywhere.holders())
"""
    )
    held = everywhere.holders()
    result = run("-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*holders {held}*"])
    result.stdout.no_fnmatch_line("*shapeguard:*")
    result.stdout.no_fnmatch_line(SECTION)


def test_the_option_turns_it_on(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(WRONG + "def test_wrong():\n    call()\n")
    result = run("--shapeguard")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"{GUARDING} (--shapeguard)", "E *shapeguard*ShapeError: *"])


def test_the_ini_file_turns_it_on(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\nshapeguard = true\n")
    pytester.makepyfile(WRONG + "def test_wrong():\n    call()\n")
    result = run()
    result.stdout.fnmatch_lines([f"{GUARDING} (shapeguard = true)", "E *ShapeError: *"])


def test_pyproject_turns_it_on(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nshapeguard = true\n")
    pytester.makepyfile(RIGHT)
    run().stdout.fnmatch_lines([f"{GUARDING} *"])


def test_an_option_overrides_the_ini_file(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\nshapeguard = true\n")
    pytester.makepyfile(ODD + "def test_odd():\n    call()\n")
    result = run("--no-shapeguard")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["shapeguard: off (--no-shapeguard)"])
    result.stdout.no_fnmatch_line(SECTION)


def test_the_last_of_two_options_holds(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(RIGHT)
    run("--shapeguard", "--no-shapeguard").stdout.no_fnmatch_line("shapeguard: *")
    run("--no-shapeguard", "--shapeguard").stdout.fnmatch_lines([f"{GUARDING} *"])


def test_the_help_says_what_it_does(run: Run) -> None:
    run("--help").stdout.fnmatch_lines(
        ["*--shapeguard *", "*--no-shapeguard*", "*shapeguard (bool):*"]
    )


# Where the checks cannot be


def test_off_in_the_environment_is_said(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHAPEGUARD", "off")
    pytester.makepyfile(ODD + "def test_odd():\n    call()\n")
    result = pytester.runpytest_subprocess("--shapeguard")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "shapeguard: off (SHAPEGUARD=off in the environment), though --shapeguard asks for it",
            SECTION,
            "The checks were off when the run ended (SHAPEGUARD=off in the environment).",
        ]
    )
    result.stdout.no_fnmatch_line("*SG106*")


def test_disabled_by_a_test_is_said(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("import shapeguard\ndef test_it():\n    shapeguard.disable()\n")
    result = run("--shapeguard", "-q")
    result.stdout.fnmatch_lines([SECTION, "*were off when the run ended (shapeguard.disable())."])


def test_without_torch_it_is_a_usage_error(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setattr("shapeguard.integrations.pytest_plugin.find_spec", lambda name: None)
    result = run("--shapeguard")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --shapeguard: there is no torch *"])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_a_torch_that_does_not_load_is_a_usage_error(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("torch").joinpath("__init__.py").write_text("raise ImportError('no libtorch')")
    pytester.makepyfile("def test_it():\n    pass\n")
    result = pytester.runpytest_subprocess("--shapeguard", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--shapeguard: torch cannot be loaded: no libtorch"])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_warnings_that_are_not_recorded_are_said(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(RIGHT)
    run("--shapeguard", "-p", "no:warnings").stdout.fnmatch_lines(
        [f"{GUARDING} *ShapeWarnings are not listed (-p no:warnings)"]
    )


# What it brings along


def loaded(folder: Path, *arguments: str) -> set[str]:
    """Modules that a run of pytest has loaded at its end, without jaxtyping's own plugin."""
    code = (
        "import sys, pytest\n"
        "status = pytest.main(sys.argv[1:])\n"
        "assert status == 0, status\n"
        "print('LOADED', *sys.modules)\n"
    )
    switches = ("-q", "-p", "no:cacheprovider", "-p", "no:jaxtyping")
    done = subprocess.run(
        [sys.executable, "-c", code, *switches, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_without_the_option_nothing_heavy_is_loaded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it():\n    pass\n")
    modules = loaded(pytester.path)
    assert "shapeguard.integrations.pytest_plugin" in modules
    assert not modules & {"torch", "numpy", "jaxtyping", "beartype", "libcst", "rich"}
    ours = {name for name in modules if name.startswith("shapeguard.")}
    assert ours == {"shapeguard.integrations", "shapeguard.integrations.pytest_plugin"}
    assert {"torch", "jaxtyping", "beartype"} <= loaded(pytester.path, "--shapeguard")


# What tests meet


def test_right_calls_pass_and_nothing_is_said(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(RIGHT)
    result = run("--shapeguard")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line(SECTION)


def test_calls_are_checked_from_collection_on(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(test_odd=ODD + "call()\ndef test_it():\n    pass\n")
    pytester.makepyfile(test_wrong=WRONG + "call()\n")
    result = run("--shapeguard")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *ShapeError: *", SECTION, "SG106 *", "*met by (collection)"])
    assert "ShapeError" not in lines(result)


def test_a_failure_shows_the_frames_of_the_user_alone(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import torch
        from torch import nn

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn = nn.GRU(3, 5)

            def forward(self, x):
                return self.rnn(x, torch.zeros(1, 4, 5))

        def test_wrong():
            Model()(torch.zeros(7, 2, 3))
        """
    )
    result = run("--shapeguard", "--tb=short")
    # What stands behind "direct cause" is what another library said.
    shown = result.stdout.str().rpartition("direct cause")[2]
    entries = [line for line in shown.splitlines() if ": in " in line]
    assert [entry.rpartition(" ")[2] for entry in entries] == ["test_wrong", "forward"]
    assert "def _call_impl" in run("--shapeguard", "--full-trace").stdout.str()


def test_warnings_are_listed_each_place_once(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        model=ODD,
        test_a="from model import call\ndef test_one():\n    call()\ndef test_two():\n    call()\n",
        test_b="from model import call\ndef test_three():\n    call()\n",
    )
    result = run("--shapeguard", "--disable-warnings")
    result.assert_outcomes(passed=3, warnings=3)
    text = lines(result).splitlines()
    assert text == [
        "SG106 batch-read-as-sequence",
        "  at model.py:6, in call",
        "    return layer(torch.zeros(7, 3))",
        "  met by test_a.py::test_one, test_a.py::test_two, test_b.py::test_three",
        "3 ShapeWarnings at 1 place",
    ]


def test_one_test_that_meets_a_warning_often_is_named_once(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        ODD
        + """
import warnings
def test_often():
    warnings.simplefilter("always")
    for _ in range(4):
        call()
"""
    )
    text = lines(run("--shapeguard"))
    assert text.count("test_often") == 1
    assert "test_often (4 times)" in text
    assert "4 ShapeWarnings at 1 place" in text


def test_many_tests_are_named_when_asked(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        ODD
        + """
import pytest
@pytest.mark.parametrize("number", range(20))
def test_odd(number):
    call()
"""
    )
    short, long = lines(run("--shapeguard")), lines(run("--shapeguard", "-v"))
    assert "test_odd[2], 17 more (-v names them)" in short
    assert "test_odd[3]" not in short
    assert "test_odd[19]" in long
    assert "more" not in long


def test_warnings_that_a_test_expects_or_filters_are_not_listed(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        ODD
        + """
import pytest
import shapeguard

def test_expects():
    with pytest.warns(shapeguard.ShapeWarning):
        call()

@pytest.mark.filterwarnings("ignore:SG106:shapeguard.ShapeWarning")
def test_filters():
    call()
"""
    )
    result = run("--shapeguard")
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line(SECTION)


@pytest.mark.parametrize("filter", ["error", "error::shapeguard.ShapeWarning"])
def test_warnings_as_errors_fail_the_test_and_are_listed(
    filter: str, pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(ODD + "def test_odd():\n    call()\n")
    result = run("--shapeguard", "-W", filter)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *ShapeWarning: SG106 *", SECTION, "SG106 *", "*::test_odd"])


CAUGHT = """
import pytest

def test_swallows():
    try:
        call()
    except RuntimeError:
        pass

def test_expects():
    with pytest.raises(ValueError):
        call()

def test_skips():
    try:
        call()
    except RuntimeError:
        pytest.skip("no GPU")
"""


def test_errors_that_nobody_sees_are_counted(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(WRONG + CAUGHT)
    result = run("--shapeguard")
    result.assert_outcomes(passed=2, skipped=1)
    text = lines(result)
    assert "3 ShapeErrors failed no test" in text
    assert all(name in text for name in ("test_swallows", "test_expects", "test_skips"))
    assert "return layer(torch.zeros(7, 2, 3), torch.zeros(1, 4, 5))" in text


def test_errors_that_a_failure_shows_are_not_counted(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        WRONG
        + """
import unittest
import pytest

@pytest.fixture
def broken():
    call()

def test_setup(broken):
    pass

def test_call():
    call()

def test_chained():
    try:
        call()
    except RuntimeError as error:
        raise LookupError("about another thing") from error

@pytest.mark.xfail(raises=RuntimeError)
def test_known():
    call()

class TestOld(unittest.TestCase):
    def test_old(self):
        call()
"""
    )
    result = run("--shapeguard")
    result.assert_outcomes(failed=3, errors=1, xfailed=1)
    result.stdout.no_fnmatch_line(SECTION)


def test_no_error_and_no_tensor_is_kept(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import gc
        import weakref
        import torch
        from torch import nn

        kept = []

        def test_swallows():
            x = torch.zeros(7, 2, 3)
            kept.append(weakref.ref(x))
            try:
                nn.GRU(3, 5)(x, torch.zeros(1, 4, 5))
            except RuntimeError:
                pass

        def test_nothing_is_kept():
            gc.collect()
            assert kept[0]() is None
        """
    )
    run("--shapeguard").assert_outcomes(passed=2)


def test_errors_in_subtests_are_told_apart(pytester: pytest.Pytester, run: Run) -> None:
    if not hasattr(pytest, "Subtests"):
        pytest.skip("subtests: pytest 9")
    pytester.makepyfile(
        WRONG
        + """
def test_parts(subtests):
    with subtests.test("fails"):
        call()
    with subtests.test("swallows"):
        try:
            call()
        except RuntimeError:
            pass
"""
    )
    assert "1 ShapeError failed no test" in lines(run("--shapeguard"))


# Its end


def test_the_guard_is_removed_afterwards(pytester: pytest.Pytester, run: Run) -> None:
    forwards = [cls.forward for cls in (nn.RNN, nn.LSTM, nn.GRU, nn.GRUCell)]
    pytester.makepyfile(ODD + "def test_odd():\n    call()\n")
    run("--shapeguard")
    assert [cls.forward for cls in (nn.RNN, nn.LSTM, nn.GRU, nn.GRUCell)] == forwards


@pytest.mark.parametrize(
    "ending",
    ["raise KeyboardInterrupt", "raise SystemExit(3)", "import pytest; pytest.exit('enough')"],
)
def test_the_guard_is_removed_after_a_run_that_was_cut_short(
    ending: str, pytester: pytest.Pytester, run: Run
) -> None:
    forward = nn.GRU.forward
    pytester.makepyfile(f"{ending}\n")
    run("--shapeguard")
    assert nn.GRU.forward is forward


def test_the_guard_is_removed_though_another_plugin_fails_at_the_end(
    pytester: pytest.Pytester, run: Run
) -> None:
    forward = nn.GRU.forward
    pytester.makeconftest("def pytest_unconfigure(config):\n    raise LookupError('late')\n")
    pytester.makepyfile(RIGHT)
    run("--shapeguard").stderr.fnmatch_lines(["LookupError: late"])
    assert nn.GRU.forward is forward


# With other plugins


def test_without_a_terminal_tests_fail_as_before(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(WRONG + "def test_wrong():\n    call()\n")
    assert run("--shapeguard", "-p", "no:terminal").ret == pytest.ExitCode.TESTS_FAILED


XDIST = {
    "model": ODD,
    "broken": WRONG,
    "test_a": "from model import call\ndef test_one():\n    call()\ndef test_two():\n    call()\n",
    "test_b": "from broken import call\ndef test_wrong():\n    call()\n",
    "test_c": "from broken import call" + CAUGHT,
}


@pytest.mark.parametrize(
    ("mode", "option", "ini"), [("load", "--shapeguard", "false"), ("worksteal", "-v", "true")]
)
def test_under_xdist_the_controller_tells_what_workers_met(
    mode: str, option: str, ini: str, pytester: pytest.Pytester
) -> None:
    pytest.importorskip("xdist")
    pytester.makeini(f"[pytest]\nshapeguard = {ini}\n")
    pytester.makepyfile(**XDIST)
    pytester.makeconftest(
        """
        import sys
        def pytest_unconfigure(config):
            if not hasattr(config, "workerinput"):
                print("controller has torch:", "torch" in sys.modules)
        """
    )
    result = pytester.runpytest_subprocess(option, "-n2", f"--dist={mode}")
    result.assert_outcomes(passed=4, failed=1, skipped=1, warnings=2)
    result.stdout.fnmatch_lines([f"{GUARDING} *", "controller has torch: False"])
    text = lines(result)
    assert text.count("SG106") == 1
    assert "2 ShapeWarnings at 1 place" in text
    assert "3 ShapeErrors failed no test" in text
    assert "test_wrong" not in text


@pytest.mark.slow
def test_under_xdist_workers_say_that_they_checked_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xdist")
    monkeypatch.setenv("SHAPEGUARD", "off")
    pytester.makepyfile(**XDIST)
    assert lines(pytester.runpytest_subprocess("--shapeguard", "-n2")).splitlines() == [
        "The checks were off when the run ended (SHAPEGUARD=off in the environment)."
    ]


def test_under_xdist_a_worker_that_dies_is_said(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile("import os\ndef test_dies():\n    os._exit(3)\n")
    result = pytester.runpytest_subprocess("--shapeguard", "-n1", "--max-worker-restart=0")
    assert "gw0 died: what its tests met is not listed here." in lines(result)
