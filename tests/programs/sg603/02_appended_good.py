import torch
import torch.nn as nn


class PerFeature(nn.Module):
    def __init__(self, n_features=4, hidden=7):
        super(PerFeature, self).__init__()
        self.lstms = nn.ModuleList()
        for i in range(n_features):
            self.lstms.append(nn.LSTM(1, hidden, batch_first=True))
        self.fc = nn.Linear(n_features * hidden, 1)

    def forward(self, x):
        finals = []
        for i, lstm in enumerate(self.lstms):
            _, (h, _) = lstm(x[:, :, i : i + 1])
            finals.append(h[-1])
        return self.fc(torch.cat(finals, dim=1))

# run: PerFeature()(torch.randn(3, 6, 4))
