import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class IrisRNN(nn.Module):
    def __init__(self, n_in=4, n_hidden=16, n_classes=3):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        out, _ = self.rnn(x.unsqueeze(-1).expand(-1, -1, 4))
        return self.fc(out)


features, labels = torch.randn(30, 4), torch.randint(0, 3, (30,))
model = IrisRNN()
for x, y in DataLoader(TensorDataset(features, labels), batch_size=10, shuffle=True):
    print(model(x).shape)
