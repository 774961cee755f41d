import torch
from torch import nn

EMBED, HIDDEN = 16, 12
embedding = nn.Embedding(50, EMBED)
gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True)
words = embedding(torch.randint(0, 50, (3, 7)))
states, last = gru(words)  # !SG206
