"""SG402: a padded batch read unpacked, and what the layer ends with taken as the summary."""

from __future__ import annotations

from collections.abc import Iterator

from shapeguard.axes.axis import Half, Place, Role
from shapeguard.axes.facts import CellCalled, Named, RnnCalled
from shapeguard.axes.layer import Call
from shapeguard.axes.marks import Padding
from shapeguard.axes.reading import Consumed, Indexed, Narrowed
from shapeguard.axes.slicing import is_last
from shapeguard.axes.states import forward_only, mixed, read, takes_of, tensors
from shapeguard.axes.uses import comes_from
from shapeguard.axes.value import Tensor
from shapeguard.reference.proof import Proof
from shapeguard.rule import (
    Bad,
    Context,
    Evidence,
    Finding,
    Good,
    Rule,
    Severity,
    layer_evidence,
)

#: What reads a state as the summary of the sequence, and not to look at it or to hand it on.
READERS = frozenset(
    {"Linear", "Bilinear", "loss", "cat", "stack", "arithmetic", "matmul", "bmm", "mm", "einsum"}
    | {"cross_entropy", "nll_loss", "softmax", "log_softmax", "argmax", "BatchNorm1d", "LayerNorm"}
    | {"RNN", "LSTM", "GRU", "cell"}
)


def check(fact: RnnCalled, context: Context) -> Iterator[Finding]:
    """A padded tensor into a layer whose last state is read as the summary of the sequence."""
    call, given = fact.call, fact.call.input
    if not isinstance(given, Tensor) or not call.batched or continues(call):
        return
    padding = given.padding
    if padding is None or padding.right is None or one_step(given):
        return
    found = last_step(call, padding, context) or state(call, padding, context)
    if found is None:
        return
    what, use = found
    side = "right" if padding.right else "left"
    after = "goes on over the padding after the last real step"
    if not padding.right:
        after = "reads the sequence backwards in one direction, and ends in the padding there"
    yield Finding(
        place=fact.place,
        message=f"the {call.rnn.kind} reads a padded batch as it is, and {what} is taken as the "
        "summary of each sequence",
        why=f"for a sequence that is shorter than the padded length the layer {after}, so what is "
        "read is a state that the padding has overwritten; the same sequence gets another result "
        "in another batch or at another length. It is right only where the padding is meant to be "
        "read, such as silence",
        cure="pack the batch by its lengths (pack_padded_sequence with enforce_sorted=False), or "
        "take the output at lengths - 1",
        evidence=(
            Evidence(f"the batch is padded on the {side} by {padding.how} here", padding.place),
            Evidence(f"{what} is used here", use),
            *layer_evidence(call.rnn, "bidirectional"),
        ),
    )


def continues(call: Call) -> bool:
    """Whether the call may go on from a state of another call, as a step of a loop does."""
    if call.state is None:
        return False
    made = list(tensors(call.state))
    return not made or any(one.source is not None or one.axes is None for one in made)


def one_step(given: Tensor) -> bool:
    """Whether the sequence is one step long."""
    time = given.find(Role.TIME)
    return time is not None and given.axis(time).size == 1


def last_step(call: Call, padding: Padding, context: Context) -> tuple[str, Place] | None:
    """The last step of the output, which is padding for shorter sequences padded on the right."""
    if not padding.right:
        return None
    consumed, narrowed = context.facts(Consumed), context.facts(Narrowed)
    for fact in context.facts(Indexed):
        if not comes_from(fact.before, call, "output") or fact.before.padding is None:
            continue
        take = next((take for take in fact.takes if take.role is Role.TIME), None)
        if take is None or isinstance(take.index, Tensor) or mixed(fact, consumed):
            continue
        if not is_last(take.index, fact.before.axis(take.axis)):
            continue
        if fact.after.axis(-1).halves == (Half.BACKWARD,):
            continue
        if read(take, consumed, narrowed, context.facts(Named)):
            return "the last step of its output", fact.place
    return None


def state(call: Call, padding: Padding, context: Context) -> tuple[str, Place] | None:
    """The last state, read or handed to another layer."""
    for fact in context.facts(Consumed):
        source = fact.tensor.source
        if source is None or source.call is not call or source.slot not in ("h_n", "c_n"):
            continue
        if fact.by in READERS and not spared(fact.tensor, padding):
            return "its last state", fact.place
    handed: list[tuple[Call | None, object, Place]] = [
        (other.call, other.call.state, other.place) for other in context.facts(RnnCalled)
    ]
    handed += [(other.call, other.state, other.place) for other in context.facts(CellCalled)]
    for other, given, place in handed:
        if other is not None and other.rnn is call.rnn:
            continue
        for tensor in tensors(given):
            source = tensor.source
            if source is None or source.call is not call or source.slot not in ("h_n", "c_n"):
                continue
            if not spared(tensor, padding):
                return "its last state", place
    return None


def spared(tensor: Tensor, padding: Padding) -> bool:
    """Whether only the direction is read that meets the padding first.

    Over padding on the right that is the backward direction, which has read everything after it.
    """
    source = tensor.source
    assert source is not None
    if source.call.rnn.directions != 2:
        return not padding.right
    rows = [take.index for take in takes_of(tensor) if take.role is Role.STATES]
    if not rows:
        return False
    return all(row == (-1 if padding.right else -2) for row in rows) or (
        not padding.right and forward_only(tensor)
    )


PAGE = """
## What it does

Finds a batch that the code in view pads, with `pad_sequence`, with Keras' `pad_sequences`, with a
list of padding, with zeros that are partly written or in torchtext's iterator, that reaches a
recurrent layer unpacked, and whose last state or last step is then read as the summary of each
sequence. It is not looked at where the padding cannot be traced to this call, after a mask, where
the output is taken at `lengths - 1`, and where each step has its own loss. Padding on the left is
left alone but for a bidirectional layer: the state moves a little over it, but the sequence is read
last.

## Why is this bad?

The layer knows nothing of padding. After the last real step of a shorter sequence it goes on over
the padding, step by step, and each step moves the state: after forty steps of padding little is
left of a ten-step sentence. The summary of a sequence then depends on the length of the longest
sequence in its batch, and a model that is used on single sequences sees states that it was not
trained on. Nothing raises and nothing warns.

## Fix safety

No fix is offered: packing needs the lengths, and where these come from is for the author to say.
Where they are known, `pack_padded_sequence` with `lengths.cpu()` and `enforce_sorted=False` is
enough, and `h_n` then holds the state after each sequence's own last step.

## References

[torch.nn.utils.rnn.pack_padded_sequence](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html):
"Packs a Tensor containing padded sequences of variable length."
[torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html): the input "can
also be a packed variable length sequence".
"""

RULE = Rule(
    code="SG402",
    name="padding-in-summary",
    summary="the state that is read as the summary has gone on over the padding",
    severity=Severity.WARNING,
    page=PAGE,
    on=(RnnCalled,),
    check=check,
    bad=(
        Bad(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

sentences = [[3, 5, 7, 2], [4, 6], [8, 9, 1]]


class Sentences(Dataset):
    def __init__(self, sentences):
        self.sentences = sentences

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        return torch.tensor(self.sentences[index])


def collate(batch):
    lengths = torch.tensor([len(ids) for ids in batch])
    return pad_sequence(batch, batch_first=True), lengths


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        out, (h_n, c_n) = self.lstm(self.embed(ids))
        return self.fc(h_n[-1])


loader = DataLoader(Sentences(sentences), batch_size=3, collate_fn=collate)
model = Classifier(13, 5, 4)
for ids, lengths in loader:
    scores = model(ids, lengths)
""",
            at="self.lstm(self.embed(ids))",
            proof=Proof(
                run="[model(*collate(part))[row] for part, row in "
                "(([torch.tensor(s) for s in sentences], 1), ([torch.tensor(sentences[1])], 0))]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn

PAD, SIZE = 0, 6
text = "3 5 7 2, 4 6, 8 9 1"


def encode(ids, size):
    if len(ids) < size:
        ids = ids + [PAD] * (size - len(ids))
    return ids[:size]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.gru = nn.GRU(5, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, ids):
        out, _ = self.gru(self.embed(ids))
        return self.head(out[:, -1])


model = Model()
sentences = [[int(token) for token in line.split()] for line in text.split(",")]
batch = torch.tensor([encode(ids, SIZE) for ids in sentences])
scores = model(batch)
""",
            at="self.gru(self.embed(ids))",
            proof=Proof(
                run="[model(torch.tensor([encode([4, 6], size)])) for size in (2, 6)]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 4)

    def forward(self, source):
        _, hidden = self.rnn(self.embed(source))
        return hidden


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 4)
        self.out = nn.Linear(4, 13)

    def forward(self, token, hidden):
        output, hidden = self.rnn(self.embed(token).unsqueeze(0), hidden)
        return self.out(output[0]), hidden


encoder, decoder = Encoder(), Decoder()


def translate(sentences):
    source = pad_sequence([torch.tensor(ids) for ids in sentences])
    return decoder(torch.zeros(len(sentences), dtype=torch.long), encoder(source))[0]


scores = translate([[3, 5, 7, 2], [4, 6]])
""",
            at="self.rnn(self.embed(source))",
            proof=Proof(
                layer="encoder.rnn",
                run="[translate([[3, 5, 7, 2], [4, 6]])[1], translate([[4, 6]])[0]]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Bad(
            code="""\
import torch
import torch.nn as nn


def batch_of(clips, size):
    features = torch.zeros(len(clips), size, 5)
    for i, clip in enumerate(clips):
        features[i, : len(clip)] = clip
    return features


class Emotion(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * n_hidden, 3)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(torch.cat((h[-2], h[-1]), dim=1))


model = Emotion(5, 4)
clips = [torch.randn(int(size), 5) for size in torch.tensor([6, 3])]
scores = model(batch_of(clips, 6))
""",
            at="self.rnn(x)",
            proof=Proof(
                run="[model(batch_of(clips, 6))[1], model(batch_of(clips[1:], 3))[0]]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
    ),
    good=(
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

sentences = [[3, 5, 7, 2], [4, 6], [8, 9, 1]]


class Sentences(Dataset):
    def __init__(self, sentences):
        self.sentences = sentences

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        return torch.tensor(self.sentences[index])


def collate(batch):
    lengths = torch.tensor([len(ids) for ids in batch])
    return pad_sequence(batch, batch_first=True), lengths


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(
            self.embed(ids), lengths, batch_first=True, enforce_sorted=False
        )
        out, (h_n, c_n) = self.lstm(packed)
        return self.fc(h_n[-1])


loader = DataLoader(Sentences(sentences), batch_size=3, collate_fn=collate)
model = Classifier(13, 5, 4)
for ids, lengths in loader:
    scores = model(ids, lengths)
""",
            why="packed: h_n is the state after each sequence's own last step",
            proof=Proof(
                run="[model(*collate(part))[row] for part, row in "
                "(([torch.tensor(s) for s in sentences], 1), ([torch.tensor(sentences[1])], 0))]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

sentences = [[3, 5, 7, 2], [4, 6], [8, 9, 1]]


class Sentences(Dataset):
    def __init__(self, sentences):
        self.sentences = sentences

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        return torch.tensor(self.sentences[index])


def collate(batch):
    lengths = torch.tensor([len(ids) for ids in batch])
    return pad_sequence(batch, batch_first=True), lengths


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        out, (h_n, c_n) = self.lstm(self.embed(ids))
        return self.fc(out[torch.arange(len(ids)), lengths - 1])


loader = DataLoader(Sentences(sentences), batch_size=3, collate_fn=collate)
model = Classifier(13, 5, 4)
for ids, lengths in loader:
    scores = model(ids, lengths)
""",
            why="the output is taken at each sequence's own last step",
            proof=Proof(
                run="[model(*collate(part))[row] for part, row in "
                "(([torch.tensor(s) for s in sentences], 1), ([torch.tensor(sentences[1])], 0))]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
from torch import nn

PAD, SIZE = 0, 6
text = "3 5 7 2, 4 6, 8 9 1"


def encode(ids, size):
    if len(ids) < size:
        ids = [PAD] * (size - len(ids)) + ids
    return ids[:size]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.gru = nn.GRU(5, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, ids):
        out, _ = self.gru(self.embed(ids))
        return self.head(out[:, -1])


model = Model()
sentences = [[int(token) for token in line.split()] for line in text.split(",")]
batch = torch.tensor([encode(ids, SIZE) for ids in sentences])
scores = model(batch)
""",
            why="padded on the left: the sequence is read last",
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

sentences = [[3, 5, 7, 2], [4, 6], [8, 9, 1]]


class Sentences(Dataset):
    def __init__(self, sentences):
        self.sentences = sentences

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        return torch.tensor(self.sentences[index])


def collate(batch):
    lengths = torch.tensor([len(ids) for ids in batch])
    return pad_sequence(batch, batch_first=True), lengths


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 13)

    def forward(self, ids, lengths):
        out, (h_n, c_n) = self.lstm(self.embed(ids))
        return self.fc(out)


loader = DataLoader(Sentences(sentences), batch_size=3, collate_fn=collate)
model = Classifier(13, 5, 4)
for ids, lengths in loader:
    scores = model(ids[:, :-1], lengths - 1)
    nn.CrossEntropyLoss(ignore_index=0)(scores.transpose(1, 2), ids[:, 1:]).backward()
""",
            why="every step has its own loss, and the padded ones are ignored",
        ),
        Good(
            code="""\
import torch
from torch import nn

PAD, SIZE = 0, 6
text = "3 5 7 2, 4 6, 8 9 1"


def encode(ids, size):
    if len(ids) < size:
        ids = ids + [PAD] * (size - len(ids))
    return ids[:size]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.gru = nn.GRU(5, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, ids):
        mask = (ids != PAD).unsqueeze(2).float()
        out, _ = self.gru(self.embed(ids))
        return self.head((out * mask).sum(1) / mask.sum(1))


model = Model()
sentences = [[int(token) for token in line.split()] for line in text.split(",")]
batch = torch.tensor([encode(ids, SIZE) for ids in sentences])
scores = model(batch)
""",
            why="the mean over the real steps by a mask; the last state is not read",
            proof=Proof(
                run="[model(torch.tensor([encode([4, 6], size)])) for size in (2, 6)]",
                holds="np.allclose(value[0], value[1])",
            ),
        ),
        Good(
            code="""\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

sentences = [[3, 5, 7, 2], [4, 6], [8, 9, 1]]


class Sentences(Dataset):
    def __init__(self, sentences):
        self.sentences = sentences

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        return torch.tensor(self.sentences[index])


def collate(batch):
    lengths = torch.tensor([len(ids) for ids in batch])
    return pad_sequence(batch, batch_first=True), lengths


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        out, (h_n, c_n) = self.lstm(self.embed(ids))
        return self.fc(h_n[-1])


loader = DataLoader(Sentences(sentences), batch_size=1, collate_fn=collate)
model = Classifier(13, 5, 4)
for ids, lengths in loader:
    scores = model(ids, lengths)
""",
            why="a batch of one sequence is as long as that sequence",
        ),
        Good(
            code="""\
import torch
from torch import nn

text = torch.randint(0, 13, (3, 24))


class Characters(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5, padding_idx=0)
        self.rnn = nn.GRU(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 13)

    def forward(self, ids, state=None):
        out, state = self.rnn(self.embed(ids), state)
        return self.fc(out[:, -1]), state


model, state = Characters(), None
for start in range(0, 24, 6):
    scores, state = model(text[:, start : start + 6], state)
""",
            why="a padding_idx alone pads nothing: all pieces of the text are of one length",
        ),
        Good(
            code="""\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 4)

    def forward(self, source):
        _, hidden = self.rnn(self.embed(source))
        return hidden


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(13, 5)
        self.rnn = nn.GRU(5, 4)
        self.out = nn.Linear(4, 13)

    def forward(self, token, hidden):
        output, hidden = self.rnn(self.embed(token).unsqueeze(0), hidden)
        return self.out(output[0]), hidden


encoder, decoder = Encoder(), Decoder()


def translate(sentences):
    source = torch.tensor(sentences).T
    return decoder(torch.zeros(len(sentences), dtype=torch.long), encoder(source))[0]


scores = translate([[3, 5, 7, 2], [4, 6, 1, 1]])
""",
            why="all sequences have one length, so there is no padding",
        ),
    ),
)
