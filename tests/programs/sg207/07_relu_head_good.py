import torch
import torch.nn as nn

encoder = nn.GRU(4, 6, bidirectional=True, batch_first=True)
head = nn.Sequential(nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, 5))
x, y = torch.randn(2, 5, 4), torch.randint(0, 5, (2, 5))
states, _ = encoder(x)
scores = head(states)
loss = nn.CrossEntropyLoss()(scores.mT, y)
loss.backward()
