"""The random programs of tests.axes as source text, in the styles that people write."""

from __future__ import annotations

import re
from textwrap import indent
from typing import Any

import libcst as cst

from shapeguard.axes.size import label
from shapeguard.lint.interp.roots import Session
from tests.axes.programs import SIZES, Program

IMPORTS = """\
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
"""

CALLED = ("method called", "helpers called")
STYLES = ("module", "method", "helpers", *CALLED)
"""Where the steps stand; what is not called knows its sizes by name only."""


def constants(*names: str) -> str:
    """Module constants for sizes."""
    return "".join(f"{name} = {SIZES[name]}\n" for name in names)


def called(program: Program, rnn: str) -> str:
    """The call of the layer, packed where the configuration says so, and names for its results."""
    config, lines = program.config, ["v0 = x"]
    state = "(v2, v3)" if config.kind == "LSTM" else "v2"
    if config.layout == "packed":
        lengths = [SIZES["T"] - i for i in range(SIZES["N"])]
        lines += [
            f"lengths = torch.tensor({lengths})",
            f"packed = pack_padded_sequence(x, lengths, batch_first={config.batch_first})",
            f"packed, {state} = {rnn}(packed)",
            f"v1, lengths = pad_packed_sequence(packed, batch_first={config.pad_first})",
        ]
    else:
        lines.append(f"v1, {state} = {rnn}(x)")
    return "\n".join(lines) + "\n"


def source(program: Program, style: str) -> tuple[str, str]:
    """A program that binds ``result`` in the module, and what else a run of it needs at its end."""
    config = program.config
    shape = ", ".join(config.input_shape)
    last = f"v{len(program.truths) - 1}"
    start, steps = called(program, "rnn"), "\n".join(program.lines()) + "\n"
    sizes = "".join(f"{name} = x.size({i})\n" for i, name in enumerate(config.input_shape[:-1]))
    if config.layout == "unbatched":
        sizes += constants("N")  # no size of the input
    if style == "module":
        made = f"rnn = {config.constructor}\nx = torch.randn({shape})\n"
        return f"{IMPORTS}{constants(*SIZES)}{made}{start}{steps}result = {last}\n", ""
    if style.startswith("method"):
        body = f"global result\nH, P = self.H, self.P\n{sizes}{called(program, 'self.rnn')}{steps}"
        text = (
            f"{IMPORTS}{constants('O')}\n"
            "class Model(nn.Module):\n"
            "    def __init__(self, I, H, P):\n"
            "        super().__init__()\n"
            "        self.H, self.P = H, P\n"
            f"        self.rnn = {config.constructor}\n\n"
            "    def forward(self, x):\n"
            f"{indent(body, ' ' * 8)}"
            f"        result = {last}\n"
            "        return result\n"
        )
        end = f"I, H, P = {SIZES['I']}, {SIZES['H']}, {SIZES['P']}\n"
        end += f"Model(I, H, P)(torch.randn({_numbers(program)}))\n"
    else:
        functions, body = "", ""
        for line, step in zip(program.lines(), program.steps, strict=True):
            name, _, value = line.partition(" = ")
            given = ", ".join(dict.fromkeys(f"v{i}" for i in step.inputs))
            functions += f"def make_{name}({given}, I, H, P, N, T):\n    return {value}\n\n"
            body += f"{name} = make_{name}({given}, I, H, P=P, N=N, T=T)\n"
        text = (
            f"{IMPORTS}{constants('O')}\n{functions}"
            f"def main(x, I, H, P):\n    global result\n    rnn = {config.constructor}\n"
            f"{indent(sizes + start + body, '    ')}    result = {last}\n\n"
        )
        end = f"main(torch.randn({_numbers(program)}), {SIZES['I']}, {SIZES['H']}, {SIZES['P']})\n"
    return (text + end, "") if style in CALLED else (text, end)


def _numbers(program: Program) -> str:
    return ", ".join(str(SIZES[name]) for name in program.config.input_shape)


def parsed(text: str) -> cst.Module:
    """The program's tree."""
    return cst.parse_module(text)


def interpreted(text: str) -> dict[str, Any]:
    """The names of the module after the interpreter has followed it."""
    session = Session(50_000)
    session.run([(cst.parse_module(text), True)])
    return session.globals.vars


class Values(dict[str, int]):
    """Numbers for symbols by the names that a person reads."""

    def __init__(self, program: Program) -> None:
        shape = program.config.input_shape
        super().__init__(SIZES | {f"x.size({i})": SIZES[name] for i, name in enumerate(shape)})

    def __missing__(self, name: str) -> int:
        item = re.fullmatch(r"x((?:\[-?\d+\])+)\.size\((\d+)\)", label(name))
        if item is not None:  # x[-1].size(0)
            return self[f"x.size({int(item[2]) + item[1].count('[')})"]
        return self[label(name)] if "@" in name else SIZES[name.rpartition(".")[2]]
