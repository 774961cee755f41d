from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn as nn


@dataclass
class RNNConfig:
    kind: Literal["lstm", "gru", "rnn"] = "lstm"
    n_in: int = 5
    n_hidden: int = 6
    n_layers: int = 1
    dropout: float = 0.2
    bidirectional: bool = False
    batch_first: bool = True

    @property
    def n_out(self) -> int:
        return self.n_hidden * (2 if self.bidirectional else 1)


class Encoder(nn.Module):
    KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}

    def __init__(self, cfg: RNNConfig, n_classes: int = 2):
        super().__init__()
        self.cfg = cfg
        self.rnn = self.KINDS[cfg.kind](
            cfg.n_in,
            cfg.n_hidden,
            num_layers=cfg.n_layers,
            dropout=cfg.dropout if cfg.n_layers > 1 else 0.0,
            bidirectional=cfg.bidirectional,
            batch_first=cfg.batch_first,
        )
        self.fc = nn.Linear(cfg.n_out, n_classes)

    def forward(self, x):
        out, state = self.rnn(x)
        hidden = state[0] if self.cfg.kind == "lstm" else state
        if self.cfg.bidirectional:
            summary = torch.cat([hidden[-2], hidden[-1]], dim=-1)
        elif self.cfg.batch_first:
            summary = out[:, -1]
        else:
            summary = out[-1]
        return self.fc(summary)


for cfg in (RNNConfig(), RNNConfig("gru", n_layers=2, bidirectional=True), RNNConfig("rnn", batch_first=False)):
    print(Encoder(cfg)(torch.randn(4, 4, 5)).shape)
