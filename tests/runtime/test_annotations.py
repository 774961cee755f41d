"""The types on forward are the contract's rows, and can be read wherever people read them."""

from __future__ import annotations

import ast
import functools
import inspect
import operator
import pydoc
import re
import shutil
import subprocess
import sys
import textwrap
import typing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from jaxtyping import AbstractArray
from torch.nn.utils.rnn import PackedSequence

import shapeguard
from shapeguard import contract
from shapeguard.contract import AxisName, Kind, Layout, Slot
from shapeguard.runtime import annotations as types
from shapeguard.runtime import enforce
from tools import docgen, typegen

ROOT = Path(__file__).resolve().parents[2]
LAYERS = [kind for kind in Kind if not kind.is_cell]


def forward(kind: Kind) -> Any:
    return getattr(shapeguard, kind.value).forward


def read(member: Any) -> Any:
    """What a type of jaxtyping says, which makes a new class for every one that is written."""
    if isinstance(member, type) and issubclass(member, AbstractArray):
        return member.array_type, member.dim_str, tuple(member.dtypes)
    return member


def members(union: Any) -> set[Any]:
    return {read(member) for member in typing.get_args(union) or [union]}


def rows(kind: Kind, slot: Slot) -> set[Any]:
    """What enforcement holds the slot to, over all layouts; packed data is of a type of its own."""
    table = contract.CELLS if kind.is_cell else contract.LAYERS
    return {
        PackedSequence
        if layout is Layout.PACKED and slot in (Slot.INPUT, Slot.OUTPUT)
        else read(enforce.annotation(kind, layout, slot))
        for layout in table[slot]
    }


def names(kind: Kind) -> set[AxisName]:
    """Every axis name in a type of the class; S is one of packed data, which has no type."""
    slots = [Slot.INPUT, *contract.states(kind), *([] if kind.is_cell else [Slot.OUTPUT])]
    table = contract.CELLS if kind.is_cell else contract.LAYERS
    return {axis for slot in slots for axes in table[slot].values() for axis in axes} - {"S"}


def slots(kind: Kind, hints: dict[str, Any]) -> dict[str, Any]:
    """The types of a forward by parameter or result."""
    given = _without_none(hints["hx"])
    result = [] if kind.is_cell else list(typing.get_args(hints["return"]))[:1]
    state = hints["return"] if kind.is_cell else typing.get_args(hints["return"])[1]
    pair = len(contract.states(kind)) > 1
    before = typing.get_args(given) if pair else [given]
    after = typing.get_args(state) if pair else [state]
    found = {"input": hints["input"]}
    found |= dict(zip(("output",), result, strict=False))
    found |= dict(zip(("h_0", "c_0"), before, strict=False))
    found |= dict(zip(("h_n", "c_n"), after, strict=False))
    return found


def _without_none(optional: Any) -> Any:
    """The one type that may be None; a union again, where it was one."""
    rest = [each for each in typing.get_args(optional) if each is not type(None)]
    return functools.reduce(operator.or_, rest)


SLOTS = {
    "input": Slot.INPUT,
    "output": Slot.OUTPUT,
    "h_0": Slot.H,
    "h_n": Slot.H,
    "c_0": Slot.C,
    "c_n": Slot.C,
}


@pytest.mark.parametrize("kind", Kind)
def test_the_types_are_exactly_what_is_enforced(kind: Kind) -> None:
    found = slots(kind, typing.get_type_hints(forward(kind)))
    expected = {name for name, slot in SLOTS.items() if slot in (Slot.INPUT, Slot.H)}
    expected |= set() if kind.is_cell else {"output"}
    expected |= {"c_0", "c_n"} if len(contract.states(kind)) > 1 else set()
    assert set(found) == expected
    for name, union in found.items():
        assert members(union) == rows(kind, SLOTS[name]), name


@pytest.mark.skipif(sys.version_info < (3, 11), reason="typing.get_overloads is new in 3.11")
@pytest.mark.parametrize("kind", LAYERS)
def test_overloads_pair_tensors_with_tensors_and_packed_with_packed(kind: Kind) -> None:
    overloads = typing.get_overloads(forward(kind))
    plain, packed = (slots(kind, typing.get_type_hints(each)) for each in overloads)
    for name in ("input", "output"):
        assert members(plain[name]) == rows(kind, SLOTS[name]) - {PackedSequence}
        assert packed[name] is PackedSequence
    for name in set(plain) - {"input", "output"}:
        assert members(plain[name]) == members(packed[name]) == rows(kind, SLOTS[name])


@pytest.mark.parametrize("kind", Kind)
def test_help_and_signature_show_the_axis_names(kind: Kind) -> None:
    shown = [str(inspect.signature(forward(kind))), pydoc.plain(pydoc.render_doc(forward(kind)))]
    for text in shown:
        found = {name for row in re.findall(r"Tensor, '([^']*)'", text) for name in row.split()}
        assert found == names(kind)
    assert shown[0].startswith("(self, input: jaxtyping.Inexact[Tensor, ")


@pytest.mark.parametrize("kind", Kind)
def test_help_names_every_shape_and_its_source(kind: Kind) -> None:
    text = " ".join(pydoc.plain(pydoc.render_doc(forward(kind))).split())
    assert (
        f'What torch.nn.{kind.value} takes and returns: its page, "Inputs" and "Outputs".' in text
    )
    table = contract.CELLS if kind.is_cell else contract.LAYERS
    for name, slot in SLOTS.items():
        if slot in table and (slot is not Slot.C or slot in contract.states(kind)):
            for axes in table[slot].values():
                assert f"{name} ({', '.join(axes)})" in text
    for axis in names(kind):
        assert f"{axis}: {contract.AXES[axis]}" in text
    assert ("(h_0, c_0)" in text) == (len(contract.states(kind)) == 2)


def changed(monkeypatch: pytest.MonkeyPatch, table: str, slot: Slot, layout: Layout) -> None:
    """The table with the axes of one row turned round."""
    mutant = {known: dict(row) for known, row in getattr(contract, table).items()}
    mutant[slot][layout] = mutant[slot][layout][::-1]
    monkeypatch.setattr(contract, table, MappingProxyType(mutant))


@pytest.mark.parametrize("table", ["LAYERS", "CELLS"])
def test_a_changed_contract_makes_the_generated_files_stale(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    types, layers = ((ROOT / path).read_text("utf-8") for path in (typegen.TYPES, typegen.LAYERS))
    assert (typegen.types(), typegen.with_docstrings(layers)) == (types, layers)
    for slot, row in getattr(contract, table).items():
        for layout in row:
            if len(row[layout]) > 1:
                with monkeypatch.context() as patch:
                    changed(patch, table, slot, layout)
                    assert typegen.types() != types
                    assert typegen.with_docstrings(layers) != layers
    with monkeypatch.context() as patch:
        patch.setattr(contract, "AXES", MappingProxyType({**contract.AXES, "Hin": "another"}))
        assert typegen.types() != types


@pytest.mark.parametrize("made", ["types", "with_docstrings"])
def test_a_stale_file_is_noticed(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typegen, made, lambda *source: "other\n")
    name, right, difference = next(docgen.out_of_date())
    assert name == (typegen.TYPES if made == "types" else typegen.LAYERS)
    assert right == "other\n"
    assert "+other" in difference


def test_docstrings_are_written_where_there_are_none() -> None:
    layers = (ROOT / typegen.LAYERS).read_text("utf-8")
    bare = re.sub(r'\n {8}"""What torch\.nn.*?"""', "", layers, flags=re.DOTALL)
    assert "What torch.nn" not in bare
    assert typegen.with_docstrings(bare) == layers


def test_every_alias_is_one_of_the_slots_and_states_its_rows() -> None:
    tree = ast.parse((ROOT / typegen.TYPES).read_text("utf-8"))
    aliases = {
        node.target.id: typing.get_args(getattr(types, node.target.id))
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    layers = {slot.name.title() for slot in contract.LAYERS}
    assert set(aliases) == layers | {f"Cell{slot.name.title()}" for slot in contract.CELLS}
    assert aliases["CellH"] == aliases["CellC"]
    assert aliases["H"] != aliases["C"]


def test_generated_source_is_as_ruff_leaves_it() -> None:
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    if ruff is None:
        pytest.skip("ruff is not installed")
    for options in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [ruff, *options, typegen.TYPES, typegen.LAYERS], capture_output=True, cwd=ROOT
        )
        assert done.returncode == 0, done.stdout


def test_long_unions_are_broken_as_ruff_breaks_them() -> None:
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    if ruff is None:
        pytest.skip("ruff is not installed")
    axes = list(contract.AXES)
    for count in range(1, len(axes)):
        text = typegen._alias("Name", [(axis, *axes[:2]) for axis in axes[:count]]) + "\n"
        done = subprocess.run(
            [ruff, "format", "--line-length", "100", "-"],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert done.stdout == text


PROGRAM = """
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence
import shapeguard

def use(x: Tensor, packed: PackedSequence, h: Tensor, c: Tensor) -> None:
    lstm = shapeguard.LSTM(5, 6, num_layers=2, bidirectional=True)
    gru, rnn = shapeguard.GRU(5, 6), shapeguard.RNN(5, 6)
    reveal_type(lstm.forward(x))  # is: tuple[Tensor, tuple[Tensor, Tensor]]
    reveal_type(lstm.forward(packed, (h, c)))  # is: tuple[PackedSequence, tuple[Tensor, Tensor]]
    reveal_type(gru.forward(x, h))  # is: tuple[Tensor, Tensor]
    reveal_type(rnn.forward(packed))  # is: tuple[PackedSequence, Tensor]
    reveal_type(shapeguard.LSTMCell(5, 6).forward(x))  # is: tuple[Tensor, Tensor]
    reveal_type(shapeguard.GRUCell(5, 6).forward(x, h))  # is: Tensor
    reveal_type(shapeguard.RNNCell(5, 6).forward(x))  # is: Tensor
    reveal_type(lstm(x))  # is: tuple[Tensor, tuple[Tensor, Tensor]]
    reveal_type(gru(packed, h))  # is: tuple[PackedSequence, Tensor]
    reveal_type(shapeguard.GRUCell(5, 6)(x))  # is: Tensor
    lstm(x, h)  # error
    shapeguard.RNNCell(5, 6)(packed)  # error
    lstm.forward(x, h)  # error
    lstm.forward([x])  # error
    lstm.forward(x, (h, c, c))  # error
    gru.forward(x, (h,))  # error
    gru.forward(packed, (h, c))  # error
    shapeguard.GRUCell(5, 6).forward(packed)  # error
    shapeguard.LSTMCell(5, 6).forward(x, h)  # error
"""


def plainly(text: str) -> str:
    """A type as mypy shows it, without modules and the parts of named tuples; X for `X | X`."""
    text = re.sub(r"\b(\w+\.)+(?=\w)", "", text)
    text = re.sub(r"tuple\[[^\[\]]*fallback=(\w+)\]", r"\1", text)
    return re.sub(r"\b(\w+)( \| \1\b)+", r"\1", text)


@pytest.mark.slow
def test_type_checkers_know_what_goes_in_and_comes_out(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(program)]
    done = subprocess.run(
        [*command, "--cache-dir", str(tmp_path / "cache")], capture_output=True, text=True, cwd=ROOT
    )
    said: dict[int, list[tuple[str, str]]] = {}
    for line in done.stdout.splitlines():
        match = re.match(rf"{re.escape(str(program))}:(\d+): (error|note): (.*)", line)
        if match:
            said.setdefault(int(match[1]), []).append((match[2], match[3]))
    for number, line in enumerate(program.read_text("utf-8").splitlines(), 1):
        kinds = {word for word, _ in said.get(number, [])}
        if "# is: " in line:
            (text,) = [text for _, text in said[number]]
            assert plainly(text) == f'Revealed type is "{line.partition("# is: ")[2]}"'
        else:
            assert ("error" in kinds) == line.endswith("# error"), (line, said.get(number))
