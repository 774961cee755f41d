import torch
import torch.nn as nn


class Churn(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)
        self.sig = nn.Sigmoid()

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.sig(self.fc(out[:, -1]))


model = Churn()
x = torch.randn(6, 4, 3)
y = torch.zeros(6)
probs = model(x)
loss = nn.BCELoss()(probs.view(-1), y)
