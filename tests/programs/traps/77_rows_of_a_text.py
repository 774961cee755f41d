import torch
import torch.nn as nn


class CharLm(nn.Module):
    def __init__(self, vocab=9, hidden=7, batch_size=3):
        super().__init__()
        self.hidden, self.batch_size = hidden, batch_size
        self.embed = nn.Embedding(vocab, hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.decode = nn.Linear(hidden, vocab)

    def forward(self, ids):
        zeros = torch.zeros(1, self.batch_size, self.hidden, device=ids.device)
        out, _ = self.lstm(self.embed(ids), (zeros, zeros))
        return self.decode(out)


def batches(text, rows, steps):
    text = text[: len(text) // (rows * steps) * rows * steps].view(rows, -1)
    for start in range(0, text.size(1), steps):
        yield text[:, start : start + steps]


model = CharLm()
for ids in batches(torch.randint(0, 9, (50,)), 3, 4):
    print(model(ids).shape)
