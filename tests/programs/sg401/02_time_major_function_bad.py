import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def encode(rnn, head, x, lengths):
    packed = pack_padded_sequence(x.transpose(0, 1), lengths)
    y, _ = rnn(packed)
    y = pad_packed_sequence(y)[0]
    return head(y[-1].tanh())  # !SG401


torch.manual_seed(0)
rnn = nn.GRU(5, 6)
head = nn.Linear(6, 2)
scores = encode(rnn, head, torch.randn(4, 9, 5), torch.tensor([9, 7, 5, 2]))

# run: encode(rnn, head, torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
