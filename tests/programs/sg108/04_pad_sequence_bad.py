import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

emb = nn.Embedding(10, 4, padding_idx=0)
rnn = nn.RNN(4, 6)
tags = nn.Linear(6, 3)
ids = pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5])], batch_first=True)
states, _ = rnn(emb(ids))  # !SG108
print(tags(states).shape)
