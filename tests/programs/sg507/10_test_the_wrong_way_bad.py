import torch
from torch import nn


class GRUDetector(nn.Module):
    def __init__(self, feats, n_hidden=8):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(feats, n_hidden, 2)
        self.head = nn.Linear(n_hidden, feats)

    def forward(self, x, hidden=None):
        if hidden is not None:
            hidden = torch.zeros(2, 1, self.n_hidden, dtype=x.dtype, device=x.device)  # !SG507
        out, hidden = self.gru(x.view(1, 1, -1), hidden)
        return self.head(out).view(-1), hidden


def score(model, windows):
    hidden, errors = None, []
    for window in windows:
        guess, hidden = model(window, hidden)
        errors.append((guess - window).abs().mean().item())
    return errors


print(score(GRUDetector(5), torch.randn(4, 5)))
