from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    n_features: int = 5
    hidden: int = 7
    batch_first: bool = False


class Forecaster(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.cfg = cfg
        self.rnn = nn.GRU(cfg.n_features, cfg.hidden, batch_first=cfg.batch_first)
        self.head = nn.Linear(cfg.hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.rnn(x)
        return self.head(states.select(0, -1))


def main():
    model = Forecaster(Config())
    print(model(torch.randn(11, 4, 5)).shape)


if __name__ == "__main__":
    main()
