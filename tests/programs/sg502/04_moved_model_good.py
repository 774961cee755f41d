import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(n_in, n_hidden, batch_first=True)
        self.proj = nn.Linear(n_hidden, n_tags)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, self.n_hidden)

    def forward(self, x, hidden):
        out, hidden = self.gru(x, hidden)
        return self.proj(out), hidden


def train(batches, epochs=1):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Tagger(5, 7, 3).to(device)
    for _ in range(epochs):
        for x in batches:
            hidden = model.init_hidden(x.size(0)).to(device)
            scores, _ = model(x.to(device), hidden)
            scores.sum().backward()

# run: train([torch.randn(2, 4, 5)])
