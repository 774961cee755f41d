import torch
from torch.nn import LSTM as L, Linear, Module


class M(Module):
    def __init__(self):
        Module.__init__(self)
        self.enc = L(5, 7, 1, True, True)
        self.dec = Linear(7, 2)

    def forward(self, seq):
        states, (h, c) = self.enc(seq)
        return self.dec(states[-1, :, :])  # !SG102


print(M()(torch.randn(3, 8, 5)).shape)
