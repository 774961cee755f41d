import torch
import torch.nn as nn
import torch.nn.functional as F
from dataclasses import dataclass


@dataclass
class Config:
    inputs: int = 6
    hidden: int = 10
    layers: int = 2


class Scorer(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.gru = nn.GRU(cfg.inputs, cfg.hidden, cfg.layers)
        self.proj = nn.Linear(cfg.hidden, 1)

    def forward(self, seq):
        out, _ = self.gru(seq)
        alpha = F.softmax(self.proj(out), 2)  # !SG109
        return torch.sum(alpha * out, dim=0)

# run: Scorer(Config())(torch.randn(9, 4, 6))
