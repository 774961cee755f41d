import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class TextRNN(nn.Module):
    def __init__(self, n_features, hidden=16):
        super().__init__()
        self.rnn = nn.RNN(n_features, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1, :])


X, y = torch.rand(20, 7), torch.randint(0, 2, (20,)).float()
model = TextRNN(7)
for xb, yb in DataLoader(TensorDataset(X, y), batch_size=5):
    xb = xb.unsqueeze(1)  # !SG111
    print(model(xb).shape)
