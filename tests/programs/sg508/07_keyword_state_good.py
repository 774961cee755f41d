import torch
import torch.nn as nn


class Conditioned(nn.Module):
    def __init__(self, n_classes, n_hidden):
        super().__init__()
        self.table = nn.Embedding(n_classes, 2 * n_hidden)
        self.n_hidden = n_hidden
        self.gru = nn.GRU(input_size=4, hidden_size=n_hidden, num_layers=2)

    def forward(self, x, label):
        start = self.table(label).view(label.size(0), 2, self.n_hidden)
        out, h = self.gru(input=x, hx=start.transpose(0, 1).contiguous())
        return out


# run: Conditioned(6, 5)(torch.randn(7, 3, 4), torch.tensor([1, 0, 4]))
