import torch
import torch.nn as nn

HIDDEN = 16


class Labeller(nn.Module):
    def __init__(self, n_in, n_labels):
        super().__init__()
        self.rnn = nn.GRU(n_in, HIDDEN, bidirectional=True)
        self.fc = nn.Linear(2 * HIDDEN, n_labels)

    def forward(self, x):
        out, _ = self.rnn(x)
        flat = out.reshape(-1, 2 * HIDDEN)
        return self.fc(flat)


m = Labeller(5, 3)
print(m(torch.randn(6, 4, 5)).shape)
