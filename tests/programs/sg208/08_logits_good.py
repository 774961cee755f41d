import torch
import torch.nn as nn
import torch.nn.functional as F

encoder = nn.LSTM(4, 6, bidirectional=True, batch_first=True)
score = nn.Linear(12, 1)
x, labels = torch.randn(5, 7, 4), torch.ones(5)
_, (h, _) = encoder(x)
logits = score(torch.cat([h[-2], h[-1]], dim=1))
logits = logits[:, 0]
loss = F.binary_cross_entropy_with_logits(logits, labels)
