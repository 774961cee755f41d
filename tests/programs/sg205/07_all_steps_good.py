import torch
import torch.nn as nn


class Flat(nn.Module):
    def __init__(self, n_in, n_hidden, n_steps):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden * n_steps, 1)
        self.n_steps = n_steps

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out.flatten(start_dim=1)
        return self.fc(out)


model = Flat(5, 7, 12)
print(model(torch.randn(3, 12, 5)).shape)
