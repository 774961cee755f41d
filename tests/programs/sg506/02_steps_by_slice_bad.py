import torch
import torch.nn as nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 1)

    def forward(self, x):
        state = None
        outs = []
        for t in range(x.size(1)):
            out, state = self.lstm(x[:, t : t + 1, :])  # !SG506
            outs.append(self.fc(out))
        return torch.cat(outs, dim=1)

# run: Reader()(torch.randn(3, 6, 5))
