import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Gestures(nn.Module):
    """Sensor windows of up to 64 readings, each of 6 channels."""

    STEPS = 64

    def __init__(self, classes=9):
        super().__init__()
        self.gru = nn.GRU(6, 20, batch_first=True)
        self.classify = nn.Sequential(nn.Linear(self.STEPS * 20, 100), nn.ReLU(), nn.Linear(100, classes))

    def forward(self, window, valid):
        packed = pack_padded_sequence(window, valid, batch_first=True, enforce_sorted=False)
        states, _ = self.gru(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=self.STEPS)
        return self.classify(torch.flatten(states, 1))
