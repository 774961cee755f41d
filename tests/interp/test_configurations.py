"""What stands of findings that hold in some configurations of a program and not in others."""

from __future__ import annotations

import textwrap

import pytest

from shapeguard.lint.analyze import analyze
from shapeguard.lint.source import Program, Unit

HEAD = "import torch\nimport torch.nn as nn\n\n\n"


def found(body: str) -> list[tuple[str, int]]:
    """Code and row (of the body, from 1) of each finding."""
    program = Program("model.py", (Unit(HEAD + textwrap.dedent(body)),))
    rows = HEAD.count("\n")
    return [(d.code, d.span.start.row - rows) for d in analyze(program, None).diagnostics]


SWITCH = """\
class Model(nn.Module):
    def __init__(self, kind):
        super().__init__()
        if kind == "lstm":
            self.rnn = nn.LSTM(5, 7, num_layers=2, bidirectional=True)
        else:
            self.rnn = nn.GRU(5, 7, num_layers=2, bidirectional=True)

    def forward(self, x):
        out, (h, c) = self.rnn(x)
        return torch.cat((h[-2], h[-1]), dim=1)
"""


def test_a_layer_that_one_branch_builds_is_judged_by_that_branch() -> None:
    assert found(SWITCH) == [("SG202", 10)]


def test_an_unknown_flag_proves_nothing() -> None:
    assert not found(
        """\
        class Model(nn.Module):
            def __init__(self, both_ways):
                super().__init__()
                self.rnn = nn.GRU(5, 7, batch_first=True, bidirectional=both_ways)

            def forward(self, x):
                return self.rnn(x)[0][:, -1]
        """
    )


BRANCHES = """\
class Model(nn.Module):
    def __init__(self, hidden, bidirectional{default}):
        super().__init__()
        self.bidirectional = bidirectional
        self.rnn = nn.GRU(5, hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, x):
        out, h = self.rnn(x)
        if self.bidirectional:
            return {both}
        return {one}
{call}"""

RIGHT = {"both": "torch.cat((h[-2], h[-1]), dim=1)", "one": "out[:, -1]"}
WRONG = {"both": "out[:, -1]", "one": "h[-1]"}


@pytest.mark.parametrize("default", ["", "=False", "=True"])
@pytest.mark.parametrize(("parts", "expected"), [(RIGHT, []), (WRONG, [("SG301", 10)])])
def test_each_branch_is_judged_with_its_condition_known(
    default: str, parts: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    assert found(BRANCHES.format(default=default, call="", **parts)) == expected


@pytest.mark.parametrize(("parts", "expected"), [(RIGHT, []), (WRONG, [("SG301", 10)])])
def test_what_a_written_flag_closes_is_judged_for_the_other(
    parts: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    call = "\n\nModel(7, bidirectional=False)(torch.randn(2, 3, 5))\n"
    assert found(BRANCHES.format(default="=True", call=call, **parts)) == expected


def test_a_closed_branch_is_not_held_against_the_sizes_that_are_passed() -> None:
    body = """\
    class Model(nn.Module):
        def __init__(self, hidden, width, both):
            super().__init__()
            self.both = both
            self.rnn = nn.GRU(5, hidden, bidirectional=both)
            self.head = nn.Linear(width, 2)

        def forward(self, x):
            out, h = self.rnn(x)
            if self.both:
                return self.head(torch.cat((h[0], h[1]), dim=-1))
            return self.head(h[-1])


    Model(7, 7, False)(torch.randn(2, 3, 5))
    """
    assert not found(body)


def test_a_constant_of_the_module_closes_a_branch_for_good() -> None:
    body = """\
    BOTH = False
    rnn = nn.GRU(5, 7, bidirectional=BOTH)
    out, h = rnn(torch.randn(2, 3, 5))
    if BOTH:
        last = out[-1]
    else:
        last = h[-1]
    """
    assert not found(body)


def test_every_instance_is_judged_and_named() -> None:
    call = "\n\none = Model(7, False)\ntwo = Model(7, True)\n"
    text = HEAD + BRANCHES.format(default="", call=call, both="out[:, -1]", one="h[-1]")
    (finding,) = analyze(Program("model.py", (Unit(text),)), None).diagnostics
    assert any("Model(7, True)" in note.message for note in finding.notes)


def test_an_optional_argument_opens_its_branch() -> None:
    body = """\
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(5, 7)

        def forward(self, x, state=None):
            if state is not None:
                out, _ = self.rnn(x, state)
                return nn.functional.relu(out)[:, -1]
            return self.rnn(x)[0][-1]
    """
    assert found(body) == [("SG101", 9)]


def test_a_config_that_is_changed_is_not_what_it_was() -> None:
    body = """\
    cfg = {"batch_first": True, "model": {"layers": 1}}
    other = cfg
    other["model"]["layers"] = 2
    cfg["batch_first"] = False
    rnn = nn.GRU(5, 7, cfg["model"]["layers"], dropout=0.5, batch_first=cfg["batch_first"])
    fc = nn.Linear(7, 2)
    print(fc(rnn(torch.randn(3, 4, 5))[0][-1]))
    """
    assert not found(body)


def test_a_class_that_another_class_builds_has_an_instance_in_view() -> None:
    body = """\
    class Encoder(nn.Module):
        def __init__(self, size, layers=1, dropout=0.5):
            super().__init__()
            self.rnn = nn.GRU(size, size, layers, dropout=dropout)


    class Whole(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.encoder = Encoder(7, layers)
    """
    assert not found(body)


def test_readings_that_ask_for_different_fixes_get_none() -> None:
    body = """\
    class Base(nn.Module):
        def __init__(self, rnn):
            super().__init__()
            self.rnn = rnn

        def forward(self, x):
            out, hidden = self.rnn(x)
            return out[-1]


    class Short(Base):
        def __init__(self):
            super().__init__(nn.GRU(5, 7, bidirectional=True))


    class Long(Base):
        def __init__(self):
            super().__init__(nn.LSTM(5, 7, bidirectional=True))
    """
    program = Program("model.py", (Unit(HEAD + textwrap.dedent(body)),))
    (finding,) = analyze(program, None).diagnostics
    assert finding.code == "SG301"
    assert finding.fix is None


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_a_fix_for_one_layer_is_not_made_where_another_is_right(kind: str) -> None:
    body = """\
        class Summary(nn.Module):
            def __init__(self, rnn, width):
                super().__init__()
                self.rnn = rnn
                self.head = nn.Linear(width, 2)

            def forward(self, x):
                out, state = self.rnn(x)
                return self.head(out[:, -1])


        one = Summary(nn.GRU(5, 7, batch_first=True, bidirectional=True), 14)
        other = Summary(nn.OTHER(5, 7, batch_first=True), 7)
        one(torch.zeros(2, 3, 5)), other(torch.zeros(2, 3, 5))
        """.replace("OTHER", kind)
    program = Program("model.py", (Unit(HEAD + textwrap.dedent(body)),))
    (finding,) = analyze(program, None).diagnostics
    assert finding.code == "SG301"
    assert finding.fix is None


def test_a_fix_takes_no_name_that_is_in_use() -> None:
    body = """\
    rnn = nn.LSTM(5, 7, bidirectional=True)


    def summary(x, h_n):
        out, _ = rnn(x)
        return out[-1] + h_n
    """
    program = Program("model.py", (Unit(HEAD + textwrap.dedent(body)),))
    (finding,) = analyze(program, None).diagnostics
    assert finding.fix is not None
    assert {edit.content for edit in finding.fix.edits} == {
        "(final_h_n, _)",
        "torch.cat((final_h_n[-2], final_h_n[-1]), dim=-1)",
    }


def test_evidence_names_where_a_value_was_written() -> None:
    body = """\
    config = {
        "both": True,
    }
    rnn = nn.GRU(5, 7, bidirectional=config["both"])
    last = nn.Linear(14, 2)(rnn(torch.randn(4, 3, 5))[0][-1])
    """
    program = Program("model.py", (Unit(HEAD + textwrap.dedent(body)),))
    (finding,) = analyze(program, None).diagnostics
    note = next(note for note in finding.notes if note.message.startswith("bidirectional"))
    assert note.span is not None
    assert note.span.start.row == HEAD.count("\n") + 2


TWICE = """\
class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        if config.cell == "gru":
            self.rnn = nn.GRU(5, 7, config.layers, bidirectional=config.both)
        else:
            self.rnn = nn.LSTM(5, 7, config.layers, bidirectional=config.both)

    def forward(self, x):
        state = self.rnn(x)[1]
        if self.config.cell == "gru":
            if self.config.both:
                state = state[: self.config.{count}]
        return state
"""


def test_what_the_uses_of_a_chosen_layer_ask_for_is_told_apart_too() -> None:
    assert found(TWICE.format(count="layers")) == [("SG303", 14)]
    assert found(TWICE.format(count="rows")) == []


def test_an_object_whose_kind_of_layer_is_not_known_is_followed_kind_by_kind() -> None:
    assert found(SWITCH + "\n\nmodel = Model(read_config().kind)\n") == [("SG202", 10)]
    assert found(SWITCH + "\n\nmodel = Model('lstm')\n") == []


OPTION = """\
class Model(nn.Module):
    def __init__(self, size, bidirectional):
        super().__init__()
        self.rnn = nn.GRU(5, size, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(2 * size if bidirectional else size, 2)

    def forward(self, x):
        out, h = self.rnn(x)
        return self.head(LAST)
"""


def test_what_is_wrong_where_a_layer_reads_both_ways_is_a_warning() -> None:
    text = OPTION.replace("LAST", "out[:, -1]")
    (finding,) = analyze(Program("model.py", (Unit(HEAD + text),)), None).diagnostics
    assert (finding.code, finding.severity) == ("SG301", "warning")
    assert any("as the code allows" in each.message for each in finding.notes)
    assert finding.fix is None


def test_what_is_wrong_where_a_layer_reads_one_way_is_left_alone() -> None:
    assert found(OPTION.replace("LAST", "torch.cat((h[-2], h[-1]), dim=1)")) == []
