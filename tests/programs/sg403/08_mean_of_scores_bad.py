import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.rnn(packed)
        scores = self.fc(pad_packed_sequence(out, batch_first=True)[0])
        return scores.mean(dim=-2)  # !SG403

# run: Model()(torch.randn(3, 8, 5), torch.tensor([8, 5, 2]))
