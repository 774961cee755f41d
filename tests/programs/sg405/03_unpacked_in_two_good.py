import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


rnn = nn.GRU(5, 6, batch_first=True)


def encode(x, lengths):
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    packed_out, hidden = rnn(packed)
    output, out_lengths = pad_packed_sequence(packed_out, batch_first=True)
    return output, out_lengths, hidden

# run: encode(torch.randn(3, 8, 5), torch.tensor([2, 8, 5]))
