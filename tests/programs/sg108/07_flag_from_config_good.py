from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    width: int = 8
    batch_first: bool = True


class Mixed(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.rnn = nn.GRU(3, cfg.width, batch_first=cfg.batch_first)
        self.mix = nn.TransformerEncoderLayer(cfg.width, 2, 16, batch_first=cfg.batch_first)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.mix(states)


print(Mixed(Config())(torch.randn(2, 5, 3)).shape)
