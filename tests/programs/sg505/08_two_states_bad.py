import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

lstm = nn.LSTM(5, 7, batch_first=True)
head = nn.Linear(7, 2)
optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()])
data = TensorDataset(torch.randn(12, 6, 5), torch.randint(0, 2, (12,)))
loader = DataLoader(data, batch_size=4, shuffle=True)
for epoch in range(3):
    hn, cn = torch.zeros(1, 4, 7), torch.zeros(1, 4, 7)
    for x, y in loader:
        out, (hn, cn) = lstm(x, (hn.detach(), cn.detach()))  # !SG505
        loss = nn.functional.cross_entropy(head(out[:, -1]), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
