import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.LSTM(5, 6, num_layers=2, batch_first=True)
        self.head = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))

    def forward(self, x, lengths):
        states = self.body(pack_padded_sequence(x, lengths, batch_first=True))[0]
        return self.head(states)  # !SG405

# run: Pooled()(torch.randn(3, 8, 5), torch.tensor([8, 5, 2]))
