import torch
import torch.nn as nn
import torch.nn.functional as F

gru = nn.GRU(5, 7)
optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
hidden, loss = torch.zeros(1, 2, 7), 0.0
for step, x in enumerate(torch.randn(9, 1, 2, 5)):
    out, hidden = gru(x, hidden)
    loss = loss + out.pow(2).mean()
    if (step + 1) % 3 == 0:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hidden = hidden.detach()
        loss = 0.0
