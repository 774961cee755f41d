import torch
import torch.nn as nn

encoder = nn.GRU(5, 7, bidirectional=True)
decoder = nn.GRU(5, 7)

src = torch.randn(8, 4, 5)
tgt = torch.randn(6, 4, 5)
memory, state = encoder(src)
out, _ = decoder(tgt, state.sum(0, keepdim=True))
print(memory.shape, out.shape)
