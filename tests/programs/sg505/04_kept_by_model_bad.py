import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 1)
        self.state = None

    def reset(self):
        self.state = None

    def forward(self, x):
        out, state = self.lstm(x, self.state)
        self.state = tuple(s.detach() for s in state)
        return self.fc(out[:, -1])


net = Net()
loader = DataLoader(TensorDataset(torch.randn(12, 6, 5), torch.randn(12, 1)), 4, shuffle=True)
for x, y in loader:
    loss = nn.functional.mse_loss(net(x), y)  # !SG505
    loss.backward()
