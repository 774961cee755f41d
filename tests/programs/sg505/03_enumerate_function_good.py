import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def epoch(model, loader, optimizer):
    hidden = None
    for i, (x, y) in enumerate(loader):
        out, hidden = model(x)
        loss = nn.functional.mse_loss(out[:, -1], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return hidden


data = TensorDataset(torch.randn(12, 6, 5), torch.randn(12, 7))
rnn = nn.RNN(5, 7, batch_first=True)
epoch(rnn, DataLoader(data, 4, shuffle=True), torch.optim.SGD(rnn.parameters(), lr=0.1))
