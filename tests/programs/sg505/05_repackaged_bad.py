import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def repackage_hidden(h):
    """Wraps hidden states in new tensors, to detach them from their history."""
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


model = nn.LSTM(5, 7)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
dataset = TensorDataset(torch.randn(12, 6, 5))
loader = DataLoader(dataset, batch_size=4, shuffle=True, drop_last=True)
hidden = (torch.zeros(1, 4, 7), torch.zeros(1, 4, 7))
for batch in loader:
    x = batch[0].transpose(0, 1)
    hidden = repackage_hidden(hidden)
    out, hidden = model(x, hidden)  # !SG505
    loss = out.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
