import torch
import torch.nn as nn


def run_epoch(model, head, batches, optimizer):
    hidden = torch.zeros(1, 3, 7)
    for batch in batches:
        hidden = hidden.detach()
        out, hidden = model(batch, hidden)
        loss = head(out).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


gru, fc = nn.GRU(5, 7), nn.Linear(7, 1)
sgd = torch.optim.SGD([*gru.parameters(), *fc.parameters()], lr=0.1)
run_epoch(gru, fc, [torch.randn(4, 3, 5) for _ in range(3)], sgd)
