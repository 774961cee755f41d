import torch
import torch.nn as nn


class QNet(nn.Module):
    def __init__(self, obs=4, act=2):
        super().__init__()
        self.gru = nn.GRU(obs, 8)
        self.q = nn.Linear(8, act)

    def forward(self, obs):
        h0 = obs.new_zeros(1, obs.size(0), 8)
        y, _ = self.gru(obs.unsqueeze(0), h0)  # !SG111
        return self.q(y.squeeze(0))

# run: QNet()(torch.randn(3, 4))
