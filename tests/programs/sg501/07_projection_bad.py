import torch
import torch.nn as nn


class Projected(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 16, proj_size=4)

    def forward(self, x):
        h0 = x.new_zeros(1, x.size(1), 16)  # !SG501
        c0 = x.new_zeros(1, x.size(1), 16)
        return self.lstm(x, (h0, c0))  # ~SG501


out, (h, c) = Projected()(torch.randn(6, 3, 5))
print(out.shape, h.shape, c.shape)
