import torch
import torch.nn as nn


class Stateful(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.gru = nn.GRU(input_size, hidden_size, num_layers)
        self.hidden = None

    def reset(self, batch_size, device=None):
        self.hidden = torch.zeros(self.num_layers, batch_size, self.hidden_size, device=device)

    def forward(self, x):
        self.reset(x.size(1), x.device)
        out, self.hidden = self.gru(x, self.hidden)
        return out

# run: Stateful(5, 7)(torch.randn(6, 2, 5))
