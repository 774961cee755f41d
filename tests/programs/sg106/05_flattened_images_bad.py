import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(input_size=64, hidden_size=10, batch_first=True)
        self.fc = nn.Linear(10, 10)

    def forward(self, images):
        x = images.view(images.size(0), -1)
        out, _ = self.gru(x)  # !SG106
        return self.fc(out)


net = Net()
loader = DataLoader(TensorDataset(torch.randn(6, 1, 8, 8), torch.arange(6)), batch_size=3)
for images, targets in loader:
    print(net(images).shape)
