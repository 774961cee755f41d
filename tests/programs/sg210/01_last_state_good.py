import torch
import torch.nn as nn


class RUL(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        output, (hn, cn) = self.lstm(x)
        last = hn[-1]
        return self.fc(last)


model = RUL(4, 8)
model(torch.randn(3, 5, 4)).sum().backward()
