import torch
import torch.nn as nn


class Halves(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, batch_first=True, bidirectional=True)

    def forward(self, x):
        out, (h, _) = self.lstm(x)
        forward_out, backward_out = torch.chunk(out, 2, dim=2)
        return forward_out, backward_out

# run: Halves()(torch.randn(4, 6, 5))
