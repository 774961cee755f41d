"""What is known of padding: who fills up a batch, what keeps that, and what ends it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from shapeguard.axes.marks import Padding
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from tests.interp.sources import interpreted

HEAD = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
rnn = nn.GRU(5, 3, batch_first=True)
fc = nn.Linear(3, 3)
def run(x, lengths):
    out, h = rnn(pack_padded_sequence(x, lengths, batch_first=True))
    return pad_packed_sequence(out, batch_first=True)[0]
def padded(x, lengths, mask):
    out = run(x, lengths)
"""


def padding(text: str) -> Padding | None:
    """How ``result`` is padded."""
    value = interpreted(text)["result"]
    assert isinstance(value, Tensor), value
    return value.padding


def of_output(expression: str) -> Padding | None:
    """How something computed from a padded output is padded."""
    call = "x, lengths, mask = torch.randn(7, 11, 5), torch.arange(1, 8), torch.rand(7, 11, 1)"
    return padding(f"{HEAD}    return {expression}\n{call}\nresult = padded(x, lengths, mask)\n")


@pytest.mark.parametrize(
    "expression",
    [
        "out",
        "out.transpose(0, 1)",
        "out[:, :-1]",
        "out[:3]",
        "out[lengths.argsort()]",
        "out[torch.sort(read())[1]]",
        "out.index_select(0, read())",
        "out[:, : len(read())]",
        "out[..., :2]",
        "torch.relu(out)",
        "out * 2",
        "F.dropout(out)",
        "out + out",
    ],
)
def test_padding_with_zeros_that_stays(expression: str) -> None:
    found = of_output(expression)
    assert found is not None
    assert found.how == "pad_packed_sequence"
    assert found.right
    assert found.value == 0 or expression == "out + out"


@pytest.mark.parametrize(
    "expression", ["fc(out)", "out + 1", "torch.sigmoid(out)", "torch.cat((out, out), dim=-1)"]
)
def test_padding_of_another_value(expression: str) -> None:
    found = of_output(expression)
    assert found is not None
    assert found.value is UNKNOWN


@pytest.mark.parametrize(
    "expression",
    [
        "out[:, -1]",
        "out[:, 3:4][:, -1:]",
        "out[torch.arange(7), lengths - 1]",
        "out * mask",
        "out.masked_fill(mask > 0, 0.0)",
        "out.flip(1)",
        "out[0, : lengths[0]]",
        "out[2][: len(read())]",
    ],
)
def test_what_is_masked_or_taken_is_not_padded(expression: str) -> None:
    assert of_output(expression) is None


@pytest.mark.parametrize(
    ("lengths", "wanted"),
    [
        ("[11] * 7", False),
        ("torch.full((7,), 11)", False),
        ("torch.ones(7) * 11", False),
        ("[11 for _ in range(7)]", False),
        ("torch.tensor([x.size(1)] * x.size(0))", False),
        ("[len(one) for one in x]", True),
        ("lengths", True),
    ],
)
def test_equal_lengths_leave_nothing_to_pad(lengths: str, wanted: bool) -> None:
    found = padding(
        HEAD + f"    return out\nx, lengths = torch.randn(7, 11, 5), torch.arange(1, 8)\n"
        f"result = run(x, {lengths})\n"
    )
    assert (found is not None) is wanted


@pytest.mark.parametrize(
    ("arguments", "right"),
    [("", True), (", padding_side='left'", False), (", padding_side=side", None)],
)
def test_pad_sequence(arguments: str, right: bool | None) -> None:
    text = f"""\
    from torch.nn.utils.rnn import pad_sequence
    def collate(batch, side):
        return pad_sequence([x for x, y in batch], True{arguments})
    result = collate(read(), read())
    """
    found = padding(dedent(text))
    assert found is not None
    assert (found.right, found.value) == (right, 0)


def test_a_layer_hands_padding_on_but_not_when_it_is_packed() -> None:
    text = "x = pad_sequence(read(), True)\nlengths = read()\n"
    assert padding(f"{HEAD}{text}result = rnn(x)[0]\n") is not None
    assert padding(f"{HEAD}{text}result = rnn(x)[1]\n") is None


DATA = """\
import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, TensorDataset
from sklearn.model_selection import train_test_split
from keras.preprocessing.sequence import pad_sequences
from torchtext.data import BucketIterator, Field
lines = read()
SIZE = 20
def fill(ids):
    return ids + [0] * (SIZE - len(ids))
class Lines(Dataset):
    def __init__(self, lines):
        self.lines = lines
    def __len__(self):
        return len(self.lines)
    def __getitem__(self, i):
        return torch.tensor(self.lines[i]), i
def collate(samples):
    ids, _ = zip(*samples)
    return pad_sequence(ids, batch_first=True)
"""


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("result = fill(lines[0])", True),
        ("result = torch.tensor([fill(line) for line in lines])", True),
        ("result = np.array([[0] * (SIZE - len(x)) + x for x in lines])", False),
        ("result = torch.tensor([w for w in fill(lines[0])])", True),
        (
            "rows = [fill(x) for x in lines]\nresult = next(iter(DataLoader(Lines(rows), 8)))[0]",
            True,
        ),
        ("result = next(iter(DataLoader(Lines(lines), 8, collate_fn=collate)))", True),
        ("result = next(iter(DataLoader(Lines(lines), collate_fn=collate)))", None),
        ("result = next(iter(DataLoader(Lines(lines), 8)))[0]", None),
        ("result = torch.tensor(pad_sequences(lines, 20))", False),
        ("result = torch.tensor(pad_sequences(lines, 20, padding='post'))", True),
        ("x, y = train_test_split(pad_sequences(lines, padding='post'))\nresult = x", True),
        (
            "t = read()\nt['x'] = t['y'].apply(lambda x: fill(x))\nresult = t['x'][0]",
            True,
        ),
        ("TEXT = Field()\nfor batch in BucketIterator(lines, 8):\n    result = batch.text", True),
        ("result = F.pad(lines[0], (0, SIZE - len(lines[0])))", True),
        ("result = F.pad(lines[0], (SIZE - len(lines[0]), 0))", False),
        ("result = F.pad(lines[0], (1, 1))", None),
        ("result = [*lines[0]] + [0 for _ in range(SIZE - len(lines[0]))]", True),
        ("x = [*lines[0]]\nx.extend([0] * (SIZE - len(x)))\nresult = torch.tensor(x)", True),
        (
            "X = torch.tensor([fill(x) for x in lines])\nfor result, y in zip(X, lines):\n    pass",
            True,
        ),
        (
            "x = lines[0]\nfor _ in range(9 - len(x)):\n    x.append(0)\nresult = torch.tensor(x)",
            True,
        ),
        ("x = lines[0]\nwhile len(x) < SIZE:\n    x.insert(0, 0)\nresult = torch.tensor(x)", False),
        ("x = torch.cat((lines[0], torch.zeros(SIZE - len(lines[0]), 5)))\nresult = x", True),
        ("x = [*lines[0]]\nx += [0] * SIZE\nresult = torch.tensor(x)", None),
    ],
)
def test_who_pads(text: str, right: bool | None) -> None:
    found = interpreted(DATA + text)["result"]
    known = found.padding if isinstance(found, Tensor) else None
    assert (None if known is None else known.right) is right


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("batch[i, : len(line)] = line", True),
        ("batch[i, -len(line) :] = line", False),
        ("batch[i, 0] = line", None),
        ("batch[: len(lines)] = line", None),
    ],
)
def test_rows_written_into_zeros(written: str, right: bool | None) -> None:
    made = "batch = torch.zeros(len(lines), SIZE)\n"
    text = f"{made}for i, line in enumerate(lines):\n    {written}\nresult = batch\n"
    found = padding(DATA + text)
    assert right is None or found is not None
    assert right is None or found.right is right  # type: ignore[union-attr]
    if written == "batch[i, 0] = line":
        assert found is None


TEXTS = """\
import torch
from torchtext.data import BucketIterator, Field
TEXT = Field(include_lengths={lengths})
for batch in BucketIterator(read(), batch_size=8, device=torch.device("cuda")):
    result = {what}
"""


def test_torchtext_with_lengths() -> None:
    value = interpreted(TEXTS.format(lengths=True, what="batch.text[0]"))["result"]
    assert value.padding is not None
    counts = interpreted(TEXTS.format(lengths=True, what="batch.text[1]"))["result"]
    assert counts.placed is not None
    assert counts.placed.gpu
    label = interpreted(TEXTS.format(lengths=True, what="batch.label"))["result"]
    assert not isinstance(label, Tensor)
    unknown = interpreted(TEXTS.format(lengths="read()", what="batch.text"))["result"]
    assert not isinstance(unknown, Tensor)


@pytest.mark.parametrize(
    "expression",
    [
        "out + h.unsqueeze(1)",
        "fc(out) * fc(cell(x[:, 0], h)).unsqueeze(1)",
        "out * h.view(7, 1, 3)",
        "torch.bmm(out, h.unsqueeze(2))",
    ],
)
def test_a_value_for_all_steps_is_no_mask(expression: str) -> None:
    head = HEAD.replace("fc =", "cell = nn.GRUCell(5, 3)\nfc =")
    call = "x, lengths, h = torch.randn(7, 11, 5), torch.arange(1, 8), torch.randn(7, 3)"
    head = head.replace("def padded(x, lengths, mask)", "def padded(x, lengths, h)")
    text = f"{head}    return {expression}\n{call}\nresult = padded(x, lengths, h)\n"
    assert padding(text) is not None


def test_pooling_over_steps_that_nobody_counted() -> None:
    text = f"{HEAD}    return F.max_pool1d(out.transpose(1, 2), out.size(1))\n"
    text += "result = padded(F.pad(read(), (1, 1)), read(), read())\n"
    value = interpreted(text)["result"]
    assert isinstance(value, Tensor)
    assert value.axis(-1).size == 1


SCORES = """\
    scores = torch.zeros(out.size(0), out.size(1))
    for b in range(out.size(0)):
        for i in range(out.size(1)):
            {write}
    return scores
"""


@pytest.mark.parametrize(
    ("write", "padded"),
    [
        ("scores[b, i] = fc(out[b, i]).sum()", True),
        ("scores[b, i] = torch.dot(read(), fc(out[b, i]))", True),
        ("scores[:, i] = fc(out[:, i]).sum(1)", True),
        ("if read():\n                scores[b, i] = fc(out[b, i]).sum()", True),
        ("scores[b, i] = fc(out[b, i]).sum() * mask[b, i]", False),
        ("scores[b, i] = fc(out[0, i]).sum()", False),
        ("scores[i, 0] = fc(x[b, i]).sum()", False),
        ("scores[b, i] = 1.0", False),
    ],
)
def test_scores_of_padded_steps_one_by_one(write: str, padded: bool) -> None:
    call = "x, lengths, mask = torch.randn(7, 11, 5), torch.arange(1, 8), torch.rand(7, 11, 1)"
    text = f"{HEAD}{SCORES.format(write=write)}{call}\nresult = padded(x, lengths, mask)\n"
    assert (padding(text) is not None) is padded
