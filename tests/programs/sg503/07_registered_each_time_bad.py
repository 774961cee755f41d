import torch
import torch.nn as nn
from torch.nn.parameter import Parameter


class Classifier(nn.Module):
    def __init__(self, dim, hidden, n_classes):
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, n_classes)
        self.h_0 = Parameter(torch.randn(1, 1, hidden))

    def forward(self, x):
        h_0 = Parameter(torch.randn(1, x.shape[0], self.hidden))  # !SG503
        _, (h, _) = self.lstm(x, (h_0, torch.zeros_like(h_0)))
        return self.fc(h[-1])

# run: Classifier(3, 5, 2)(torch.randn(2, 4, 3))
