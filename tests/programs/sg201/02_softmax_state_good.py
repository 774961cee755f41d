import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_features, n_classes, hidden=16):
        super().__init__()
        self.body = nn.GRU(n_features, hidden, batch_first=True)
        self.gru = nn.GRU(hidden, n_classes, batch_first=True)
        self.fc = nn.Linear(n_classes, n_classes)

    def forward(self, x):
        x, _ = self.body(x)
        _, h = self.gru(x)
        return torch.softmax(self.fc(h[-1]), dim=-1)

# run: Classifier(5, 3)(torch.randn(4, 9, 5))
