import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


class Tagger(nn.Module):
    def __init__(self, vocab, tags):
        super().__init__()
        self.embed = nn.Embedding(vocab, 5, padding_idx=0)
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.tag = nn.Linear(6, tags)
        self.intent = nn.Linear(6, 2)

    def forward(self, batch):
        out, h = self.rnn(self.embed(batch["ids"]))  # !SG402
        return self.tag(out), self.intent(h[-1])


def collate(samples):
    return {
        "ids": pad_sequence([torch.tensor(s["ids"]) for s in samples], batch_first=True),
        "tags": pad_sequence([torch.tensor(s["tags"]) for s in samples], True, -100),
        "intent": torch.tensor([s["intent"] for s in samples]),
    }


samples = [
    {"ids": [3, 4, 5], "tags": [0, 1, 0], "intent": 1},
    {"ids": [6], "tags": [1], "intent": 0},
]
tagger = Tagger(10, 2)
for batch in DataLoader(samples, batch_size=2, collate_fn=collate):
    tags, intent = tagger(batch)
    loss = nn.functional.cross_entropy(tags.transpose(1, 2), batch["tags"])
    loss = loss + nn.functional.cross_entropy(intent, batch["intent"])
    loss.backward()
