import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super(Net, self).__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, classes)

    def forward(self, text):
        _, (h, c) = self.lstm(self.emb(text))
        h = h.squeeze(0)
        return self.out(h)

# run: Net(20, 5, 7, 3)(torch.randint(0, 20, (4, 6)))
