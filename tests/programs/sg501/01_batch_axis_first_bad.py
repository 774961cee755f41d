import torch
import torch.nn as nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, x):
        h0 = torch.zeros(x.size(0), self.num_layers, self.hidden_size, device=x.device)  # !SG501
        out, _ = self.gru(x, h0)  # ~SG501
        return out

# run: RNN(5, 7, 2)(torch.randn(3, 4, 5))
