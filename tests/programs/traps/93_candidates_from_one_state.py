import torch
import torch.nn as nn
import torch.nn.functional as F

emb, gru, fc = nn.Embedding(11, 5), nn.GRU(5, 7, batch_first=True), nn.Linear(7, 1)
_, state = gru(torch.randn(1, 6, 5))
scores = []
for candidate in range(11):
    out, _ = gru(emb(torch.tensor([[candidate]])), state)
    scores.append(fc(out.squeeze(1)))
best = torch.cat(scores).argmax()
