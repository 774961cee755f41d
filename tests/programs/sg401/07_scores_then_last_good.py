import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, batch_first=True, proj_size=4)
        self.score = nn.Linear(4, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = self.lstm(packed)
        padded, lengths = pad_packed_sequence(out, batch_first=True, padding_value=-1.0)
        scores = self.score(padded)
        final = scores.gather(1, (lengths - 1).view(-1, 1, 1))
        return final.squeeze(1)

# run: Scorer()(torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
