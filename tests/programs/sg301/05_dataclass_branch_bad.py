from dataclasses import dataclass, field

import torch
import torch.nn as nn


@dataclass
class EncoderConfig:
    dim: int = 5
    hidden: int = 7
    bidirectional: bool = True
    sizes: list = field(default_factory=lambda: [8, 1])


class Encoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.rnn = nn.GRU(cfg.dim, cfg.hidden, batch_first=True, bidirectional=cfg.bidirectional)

    def forward(self, x):
        out, h = self.rnn(x)
        if self.cfg.bidirectional:
            return out[:, -1]  # !SG301
        else:
            return out[:, -1]


print(Encoder(EncoderConfig())(torch.randn(3, 6, 5)).shape)
