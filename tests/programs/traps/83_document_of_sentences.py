import torch
from torch import nn

words = nn.GRU(5, 6, batch_first=True)
sentences = nn.GRU(6, 4)
document = torch.randn(9, 7, 5)
_, h = words(document)
out, _ = sentences(h[-1].unsqueeze(1))
print(out[-1].shape)
