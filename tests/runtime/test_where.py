"""Errors show the user's line: in tracebacks, in debuggers, in notebooks, and across processes."""

from __future__ import annotations

import bdb
import concurrent.futures
import linecache
import multiprocessing
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._utils import ExceptionWrapper

import shapeguard
from shapeguard import ShapeError, ShapeWarning
from shapeguard.runtime.where import called_as, internal

T, N, F, H = 7, 3, 5, 6
SOURCE = "import torch\ndef use(layer):\n    return layer(torch.zeros(7, 3, 4))  # here\n"


def wrong() -> Tensor:
    return torch.zeros(T, N, F + 1)


def caught(call: Callable[[], object]) -> ShapeError:
    with pytest.raises(ShapeError) as info:
        call()
    return info.value


def fails_in_a_process(_: int) -> None:
    shapeguard.LSTM(F, H)(wrong())


def ways() -> list[tuple[str, Callable[[], Any], nn.Module]]:
    ours, held = shapeguard.LSTM(F, H), nn.LSTM(F, H)
    return [
        ("annotated", lambda: None, ours),
        ("guard(model)", lambda: shapeguard.guard(held), held),
        ("guard()", shapeguard.guard, nn.LSTM(F, H)),
    ]


@pytest.mark.parametrize("number", [0, 1, 2], ids=["annotated", "guard(model)", "guard()"])
@pytest.mark.parametrize("wrap", ["bare", "nested", "sequential"])
def test_the_traceback_ends_at_the_users_line(number: int, wrap: str) -> None:
    class Nested(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return layer(x)  # the user's line

    _, hold, layer = ways()[number]
    model = {"bare": layer, "nested": Nested(), "sequential": nn.Sequential(layer)}[wrap]
    held = hold()
    error = caught(lambda: model(wrong()))  # the user's line
    if held is not None:
        held.remove()
    assert error.place is not None
    last = traceback.extract_tb(error.__traceback__)[-1]
    assert (last.filename, last.lineno) == (error.place.file, error.place.line)
    assert last.filename == __file__
    assert "# the user's line" in error.place.source
    assert error.place.source in str(error)


@pytest.mark.parametrize(
    "file",
    [
        "<stdin>",
        "<string>",
        "<python-input-3>",
        "<ipython-input-4-5f2c>",
        "/tmp/ipykernel_4711/1234.py",
        "<doctest mine[0]>",
        "<torch_package_0>.mine.py",
    ],
)
def test_code_without_a_file_is_the_users(file: str) -> None:
    space: dict[str, Any] = {}
    linecache.cache[file] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), file)
    try:
        exec(compile(SOURCE, file, "exec"), space)
        error = caught(lambda: space["use"](shapeguard.LSTM(F, H)))
    finally:
        del linecache.cache[file]
    assert error.place is not None
    assert (error.place.file, error.place.line, error.place.function) == (file, 3, "use")
    assert "# here" in str(error)


@pytest.mark.parametrize("folder", ["torch", "torch_something", "mytorch/nn/modules", "beartype"])
def test_a_folder_or_package_named_like_the_machinery_is_the_users(
    folder: str, tmp_path: Path
) -> None:
    file = tmp_path / folder / "rnn.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE, encoding="utf-8")
    space: dict[str, Any] = {}
    exec(compile(SOURCE, str(file), "exec"), space)
    error = caught(lambda: space["use"](nn.Sequential(shapeguard.LSTM(F, H))))
    assert error.place is not None
    assert (error.place.file, error.place.line) == (str(file), 3)


def test_what_lies_beside_torch_is_the_users_and_torch_and_the_library_are_not() -> None:
    def code(file: str) -> CodeType:
        return compile("", file, "exec")

    inside = Path(torch.__file__).parent
    assert internal(code(str(inside / "nn" / "modules" / "rnn.py")))
    assert internal(code(str(inside.resolve() / "nn" / "modules" / "rnn.py")))
    assert internal(code(str(Path(shapeguard.__file__).parent / "runtime" / "check.py")))
    assert internal(code(concurrent.futures.__file__))
    assert internal(code("<frozen runpy>"))
    assert internal(code("<@beartype(mine.f) at 0x7f>"))
    assert internal(code("<eval_with_key>.3"))
    assert not internal(code(str(inside.parent / "torch_geometric" / "nn.py")))
    assert not internal(code(__file__))


def test_where_no_line_is_the_users_the_error_comes_without_a_place() -> None:
    layer = shapeguard.LSTM(F, H)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        error = pool.submit(layer, wrong()).exception()
    assert isinstance(error, ShapeError)
    assert error.place is None
    assert "concurrent" not in str(error)


def test_a_plain_script_shows_its_line_last(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text(
        "import shapeguard\n" + SOURCE + "if __name__ == '__main__':\n"
        "    use(shapeguard.LSTM(5, 6))\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    head, _, tail = done.stderr.partition("shapeguard.runtime.error.ShapeError: ")
    assert head.rstrip().rpartition('  File "')[2].startswith(f'{file}", line 4, in use')
    assert tail.startswith("SG206 input of LSTM(5, 6)")


def test_a_debugger_opens_in_the_users_frame() -> None:
    def mine(layer: nn.Module) -> None:
        note = "seen by the debugger"
        layer(wrong())
        del note

    error = caught(lambda: mine(shapeguard.LSTM(F, H)))
    debugger = bdb.Bdb()
    debugger.reset()
    stack, index = debugger.get_stack(None, error.__traceback__)
    frame, _ = stack[index]
    assert frame.f_code.co_name == "mine"
    assert frame.f_locals["note"] == "seen by the debugger"


def test_the_cause_that_the_interpreter_would_print_is_torchs_own_or_none() -> None:
    error = caught(lambda: shapeguard.LSTM(F, H)(wrong()))
    assert error.__cause__ is None
    assert error.__context__ is None


# -- text and pickles -----------------------------------------------------------------------------


def test_args_are_the_text_and_repr_is_its_first_line() -> None:
    error = caught(lambda: shapeguard.LSTM(F, H)(wrong()))
    assert error.args == (str(error),)
    assert repr(error) == f"ShapeError({str(error).splitlines()[0]!r})"
    assert "\n" not in repr(error)


def same(one: ShapeError, other: ShapeError) -> bool:
    names = ("problem", "layer", "place", "rank", "code", "slot", "axes", "expected", "got")
    return str(one) == str(other) and all(
        getattr(one, name) == getattr(other, name) for name in names
    )


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling_with_all_its_attributes(protocol: int) -> None:
    error = caught(lambda: shapeguard.LSTM(F, H)(wrong()))
    error.__dict__["__notes__"] = ["while training"]
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is ShapeError
    assert same(again, error)
    assert again.__notes__ == ["while training"]
    assert again.got == (T, N, F + 1)


def test_a_warning_survives_pickling() -> None:
    with pytest.warns(ShapeWarning) as heard:
        shapeguard.LSTM(F, H)(torch.zeros(T, F))
    warning = heard[0].message
    assert isinstance(warning, ShapeWarning)
    again = pickle.loads(pickle.dumps(warning))
    assert (str(again), again.code, again.layer, again.place) == (
        *(str(warning), warning.code, warning.layer, warning.place),
    )
    assert warning.args == (str(warning),)
    rebuilt = ShapeWarning(*warning.args)  # as a test runner's worker hands it on
    assert str(rebuilt) == str(warning)
    assert str(pickle.loads(pickle.dumps(rebuilt))) == str(warning)


@pytest.mark.slow
def test_an_error_in_another_process_arrives_with_its_attributes() -> None:
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        error = pool.submit(fails_in_a_process, 0).exception(timeout=120)
    assert isinstance(error, ShapeError)
    assert error.slot == "input"
    assert error.got == (T, N, F + 1)
    assert error.place is not None
    assert error.place.function == "fails_in_a_process"


def test_an_error_of_a_worker_of_torchs_is_raised_again_as_what_it_is() -> None:
    layer = shapeguard.LSTM(F, H)
    wrapped: Any = ExceptionWrapper
    try:
        layer(wrong())
    except ShapeError:
        wrapper = wrapped(where="in replica 1 on device 1")
    with pytest.raises(ShapeError, match="in replica 1 on device 1") as info:
        wrapper.reraise()
    assert "SG206" in str(info.value)
    assert "Do:" in str(info.value)


class Broken(torch.utils.data.Dataset[Tensor]):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Tensor:
        output: Tensor = shapeguard.LSTM(F, H)(wrong())[0]
        return output


@pytest.mark.slow
def test_an_error_in_a_worker_of_a_data_loader_is_a_shape_error() -> None:
    loader = torch.utils.data.DataLoader(Broken(), num_workers=1, multiprocessing_context="spawn")
    with pytest.raises(ShapeError, match="DataLoader worker"):
        list(loader)


# -- names of modules -----------------------------------------------------------------------------


def test_no_name_is_made_up() -> None:
    assert called_as(nn.LSTM(F, H)) == ""


def test_torchs_own_wrappers_name_a_module_only_where_nothing_else_does() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = shapeguard.LSTM(F, H)

        def forward(self, x: Tensor) -> Any:
            return self.rnn(x)

    wrapped = nn.Sequential(nn.Sequential(Model()))
    assert caught(lambda: wrapped(wrong())).layer == "Model.rnn (LSTM)"
    bare = nn.Sequential(nn.Sequential(shapeguard.LSTM(F, H)))
    assert caught(lambda: bare(wrong())).layer == "Sequential.0.0 (LSTM)"
