import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, n_in, n_hidden, n_classes):
        super().__init__()
        self.lower = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.upper = nn.LSTM(n_hidden, n_classes, batch_first=True)
        self.head = nn.Linear(n_classes, n_classes)

    def forward(self, x, target):
        x, _ = self.lower(x)
        x, _ = self.upper(x)
        logits = self.head(x.reshape(-1, x.size(-1)))
        return nn.functional.cross_entropy(logits, target.reshape(-1))

# run: Stack(5, 9, 4)(torch.randn(2, 6, 5), torch.randint(0, 4, (2, 6)))
