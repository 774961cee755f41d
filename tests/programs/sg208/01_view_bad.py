import torch
import torch.nn as nn


class Regressor(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.rnn = nn.LSTM(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1, :])


def train(model, epochs=2):
    loss_fn = nn.MSELoss()
    for _ in range(epochs):
        x, y = torch.randn(8, 5, 3), torch.randn(8)
        loss = loss_fn(model(x), y)  # !SG208
        loss.backward()


train(Regressor(3, 10))
