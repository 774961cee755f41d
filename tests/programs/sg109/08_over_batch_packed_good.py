import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Labeler(nn.Module):
    def __init__(self, features, labels):
        super().__init__()
        self.rnn = nn.LSTM(features, 16, batch_first=True)
        self.fc = nn.Linear(16, labels)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.fc(out).log_softmax(dim=2)

# run: Labeler(5, 4)(torch.randn(3, 6, 5), torch.tensor([6, 4, 2]))
