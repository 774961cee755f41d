import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        steps, state = self.rnn(packed)
        last = steps[-1]  # !SG405
        return last

# run: Last()(torch.randn(3, 8, 5), torch.tensor([8, 5, 2]))
