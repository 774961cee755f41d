"""How tensors came to be that a program makes itself: what fills them, and on which device."""

from __future__ import annotations

import textwrap

import libcst as cst
import pytest

from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.given import given
from shapeguard.axes.layer import Call
from shapeguard.axes.making import Fill, Made, Spot, during
from shapeguard.lint.interp.roots import Session

HEAD = """\
import torch
import torch.nn as nn
from rnncells import GRUCell
from torch.autograd import Variable

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Model(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.rnn = nn.GRU(n, n)
        self.own = GRUCell(n, n)

    def forward(self, x, flag):
        {body}
        return self.rnn(x, h)
"""


def facts(body: str) -> list[RnnCalled | CellCalled]:
    tree = cst.parse_module(HEAD.format(body=textwrap.indent(body, " " * 8).lstrip()))
    runs = Session(5000).run([(tree, True)]).plain
    found = (fact for run in runs for fact, _ in run.facts)
    return [fact for fact in found if isinstance(fact, (RnnCalled, CellCalled))]


def made(body: str) -> tuple[Made, ...]:
    """The ways in which the state of the layer was made."""
    return given(facts(body)[-1]).tensors[0].made


@pytest.mark.parametrize(
    ("expression", "spot", "fill"),
    [
        ("torch.zeros(1, 2, 3)", Spot.DEFAULT, Fill.ZEROS),
        ("torch.randn(1, 2, 3).cuda()", Spot.CUDA, Fill.RANDOM),
        ("Variable(torch.zeros(1, 2, 3)).cuda(0)", Spot.CUDA, Fill.ZEROS),
        ("torch.zeros(1, 2, 3, device='cuda:1')", Spot.CUDA, Fill.ZEROS),
        ("torch.zeros(1, 2, 3, device=torch.device('cpu'))", Spot.CPU, Fill.ZEROS),
        ("torch.zeros(1, 2, 3).to('cuda').cpu()", Spot.CPU, Fill.ZEROS),
        ("torch.zeros(1, 2, 3).to(device)", Spot.NAMED, Fill.ZEROS),
        ("torch.zeros(1, 2, 3, device=self.device)", Spot.NAMED, Fill.ZEROS),
        ("torch.zeros(1, 2, 3, device=x.device)", Spot.FOLLOWS, Fill.ZEROS),
        (
            "torch.zeros(1, 2, 3).to('cuda' if torch.cuda.is_available() else 'cpu')",
            Spot.CHOSEN,
            Fill.ZEROS,
        ),
        (
            "torch.zeros(1, 2, 3, device=torch.cuda.current_device() if flag else None)",
            Spot.CHOSEN,
            Fill.ZEROS,
        ),
        (
            "torch.zeros(1, 2, 3, device=x.get_device() if x.is_cuda else 'cpu')",
            Spot.FOLLOWS,
            Fill.ZEROS,
        ),
        ("torch.ones(1, 2, 3).type_as(x)", Spot.FOLLOWS, Fill.OTHER),
        ("x.new_zeros(1, 2, 3)", Spot.FOLLOWS, Fill.ZEROS),
        ("torch.zeros(1, 2, 3).float().contiguous()", Spot.DEFAULT, Fill.ZEROS),
        ("torch.zeros(1, 2, 3).normal_()", Spot.DEFAULT, Fill.RANDOM),
        ("torch.empty(1, 2, 3).fill_(0)", Spot.DEFAULT, Fill.ZEROS),
        ("nn.init.orthogonal_(torch.empty(1, 2, 3))", Spot.DEFAULT, Fill.RANDOM),
        ("nn.Parameter(torch.rand(1, 2, 3))", Spot.FOLLOWS, Fill.RANDOM),
        ("torch.cuda.FloatTensor(1, 2, 3).zero_()", Spot.CUDA, Fill.ZEROS),
    ],
)
def test_device_and_fill(expression: str, spot: Spot, fill: Fill) -> None:
    (one,) = made(f"h = {expression}")
    assert (one.spot, one.fill) == (spot, fill)


def test_one_way_or_the_other() -> None:
    ways = made("h = torch.zeros(1, 2, 3)\nif flag:\n    h = h.cuda()")
    assert {one.spot for one in ways} == {Spot.DEFAULT, Spot.CUDA}
    assert [guard.text for one in ways for guard in one.under] == ["flag"]
    assert not given(facts("h = torch.zeros(1, 2, 3) if flag else x")[-1]).tensors


def test_an_init_function_fills_the_tensor_that_a_name_holds() -> None:
    (one,) = made("h = torch.zeros(1, 2, 3)\nnn.init.xavier_normal_(h)")
    assert one.fill is Fill.RANDOM
    assert one.place.text == "torch.zeros(1, 2, 3)"
    assert one.filled.text == "nn.init.xavier_normal_(h)"


def test_what_is_computed_is_another_tensor() -> None:
    assert made("h = torch.tanh(torch.zeros(1, 2, 3))")[0].computed
    assert made("h = 0.1 * torch.randn(1, 2, 3)")[0].fill is Fill.RANDOM
    assert made("h = x + torch.randn(1, 2, 3)") == ()


def test_made_and_used_in_one_call() -> None:
    fact = facts("h = torch.zeros(1, 2, 3)")[-1]
    states = given(fact)
    within = during(states.tensors[0].made[0], states.within)
    assert within is not None
    assert within.name == "Model.forward"


def test_a_condition_remembers_what_its_name_was_set_to() -> None:
    ways = made("on_gpu = x.is_cuda\nh = torch.zeros(1, 2, 3)\nif on_gpu:\n    h = h.cuda()")
    assert "on_gpu x.is_cuda" in {guard.text for one in ways for guard in one.under}


def test_a_cell_of_the_program_s_own() -> None:
    found = facts("h = torch.zeros(1, 2, 3).cuda()\nself.own(x[0], h[0])")
    cell = next(fact for fact in found if isinstance(fact, CellCalled))
    assert cell.kind == "GRUCell"
    assert cell.call is None
    assert given(cell).tensors[0].made[0].spot is Spot.CUDA


@pytest.mark.parametrize(
    ("move", "moved"),
    [
        ("model.cuda()", True),
        ("model.to(device)", True),
        ("model.to(torch.float16)", False),
        ("model.to('cpu')", False),
        ("nn.DataParallel(model)", False),
    ],
)
def test_a_model_that_was_moved(move: str, moved: bool) -> None:
    body = HEAD.format(body="h = None")
    tree = cst.parse_module(f"{body}\nmodel = Model(3)\n{move}\nmodel(torch.zeros(2, 2, 3), 1)\n")
    run = Session(5000).run([(tree, True)]).plain[0]
    call: Call = next(fact.call for fact, _ in run.facts if isinstance(fact, RnnCalled))
    assert (call.moved is not None) is moved


def test_a_device_that_the_method_itself_chooses() -> None:
    choice = "torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
    (own,) = made(f"where = {choice}\nh = torch.zeros(1, 2, 3).to(where)")
    assert own.spot is Spot.CHOSEN
    (follows,) = made("where = x.device\nh = torch.zeros(1, 2, 3).to(where)")
    assert follows.spot is Spot.NAMED
