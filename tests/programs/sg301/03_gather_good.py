import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_in=5, n_hidden=8, bidirectional=False):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        packed_out, _ = self.rnn(packed)
        out, _ = pad_packed_sequence(packed_out, batch_first=True)
        idx = (lengths - 1).view(-1, 1, 1).expand(-1, 1, out.size(2))
        return out.gather(1, idx).squeeze(1)


encoder = Encoder()
print(encoder(torch.randn(3, 6, 5), torch.tensor([4, 6, 2])).shape)
