import torch
import torch.nn as nn
import torch.nn.functional as F


class Pointer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.encoder = nn.LSTM(dim, 12, batch_first=True)
        self.span = nn.Linear(12, 2)

    def forward(self, x):
        out, _ = self.encoder(x)
        start, end = self.span(out).split(1, dim=-1)
        return F.log_softmax(start.squeeze(-1), dim=1), F.log_softmax(end.squeeze(-1), dim=1)


start, end = Pointer(4)(torch.randn(3, 8, 4))
print(start.argmax(dim=1), end.argmax(1))
