import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.low, self.high = nn.LSTM(4, 6), nn.LSTM(6, 5)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed, _ = self.low(packed)
        packed, _ = self.high(packed)
        out, _ = pad_packed_sequence(packed, batch_first=True)
        return out


print(Encoder()(torch.randn(3, 5, 4), torch.tensor([5, 3, 4])).shape)
