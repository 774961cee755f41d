import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence

rnn = nn.GRU(3, 4, batch_first=True)
batch = torch.randn(4, 5, 3)
packed = pack_padded_sequence(batch, [3, 5, 5, 1], batch_first=True)  # !SG406
out, h = rnn(packed)
print(h.shape)
