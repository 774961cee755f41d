import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Churn(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(input_size=5, hidden_size=7, batch_first=True)
        self.fc = nn.Linear(7, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1, :])


net = Churn()
loader = DataLoader(TensorDataset(torch.randn(10, 4, 5), torch.ones(10)), batch_size=4)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters())
for xb, yb in loader:
    optimizer.zero_grad()
    logits = net(xb)
    loss = criterion(logits.squeeze(), yb)  # !SG107
    loss.backward()
    optimizer.step()
