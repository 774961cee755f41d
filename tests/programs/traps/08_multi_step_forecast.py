import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_features, hidden, layers):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, layers)

    def forward(self, x):
        out, self.hidden = self.lstm(x)
        return out, self.hidden


class Decoder(nn.Module):
    def __init__(self, n_features, hidden, layers):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, layers)
        self.linear = nn.Linear(hidden, n_features)

    def forward(self, x, state):
        out, self.hidden = self.lstm(x.unsqueeze(0), state)
        return self.linear(out.squeeze(0)), self.hidden


class Forecaster(nn.Module):
    def __init__(self, n_features=2, hidden=8, layers=2, horizon=5):
        super().__init__()
        self.horizon = horizon
        self.encoder = Encoder(n_features, hidden, layers)
        self.decoder = Decoder(n_features, hidden, layers)

    def forward(self, window, future=None, teacher=0.0):
        _, state = self.encoder(window)
        step = window[-1, :, :]
        outputs = window.new_zeros(self.horizon, window.shape[1], window.shape[2])
        for t in range(self.horizon):
            step, state = self.decoder(step, state)
            outputs[t] = step
            if future is not None and torch.rand(()) < teacher:
                step = future[t]
        return outputs


model = Forecaster()
window, future = torch.randn(12, 4, 2), torch.randn(5, 4, 2)
loss = nn.functional.mse_loss(model(window, future, teacher=0.6), future)
loss.backward()
