import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

gru = nn.GRU(5, 7, batch_first=True)
loader = DataLoader(TensorDataset(torch.randn(12, 6, 5)), batch_size=4, shuffle=False)
gru.eval()
hidden = torch.zeros(1, 4, 7)
finals = []
with torch.no_grad():
    for (x,) in loader:
        out, hidden = gru(x, hidden)
        finals.append(out[:, -1])
