import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6)

    def forward(self, x, lengths):
        batch = x.size(1)
        packed = pack_padded_sequence(x, lengths)
        y, h = self.rnn(packed)
        return pad_packed_sequence(y)[0].view(-1, batch, 6), h

# run: Encoder()(torch.randn(8, 3, 5), torch.tensor([8, 5, 2]))
