import torch
import torch.nn as nn


class Signal(nn.Module):
    def __init__(self, channels=5):
        super().__init__()
        self.gru = nn.GRU(channels, 7, batch_first=True)
        self.fc = nn.Linear(7, 2)

    def forward(self, signal):
        signal = signal.view(signal.size(0), signal.size(2), signal.size(1))  # !SG104
        return self.fc(self.gru(signal)[0][:, -1])

# run: Signal()(torch.randn(4, 5, 9))
