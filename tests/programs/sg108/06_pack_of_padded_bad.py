import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence, pack_padded_sequence

seqs = [torch.randn(4, 3), torch.randn(3, 3), torch.randn(2, 3), torch.randn(1, 3)]
lengths = [len(s) for s in seqs]
padded = pad_sequence(seqs, batch_first=True)
packed = pack_padded_sequence(padded, lengths)  # !SG108
out, h = nn.GRU(3, 5)(packed)
print(h.shape)
