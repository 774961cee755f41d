import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, bidirectional=True)
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        states, _ = self.gru(x.transpose(0, 1))
        return self.fc(states)


model = Tagger()
data = TensorDataset(torch.randn(8, 6, 4), torch.randint(0, 5, (8, 6)))
for x, tags in DataLoader(data, batch_size=4):
    scores = model(x)
    print(F.cross_entropy(scores.transpose(0, 1).reshape(-1, 5), tags.reshape(-1)).item())
