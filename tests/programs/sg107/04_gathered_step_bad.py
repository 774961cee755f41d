import torch
import torch.nn as nn


class LastValid(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.rnn = nn.RNN(features, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 2)

    def forward(self, x, lengths):
        out, _ = self.rnn(x)
        index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, out.size(2))
        last = out.gather(1, index).squeeze()  # !SG107
        return self.head(last)

# run: LastValid(5, 7)(torch.randn(3, 6, 5), torch.tensor([6, 4, 2]))
