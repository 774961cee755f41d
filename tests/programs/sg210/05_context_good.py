import torch
import torch.nn as nn


class Attentive(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.encoder = nn.GRU(dim, dim, batch_first=True)
        self.fc = nn.Linear(dim, 3)

    def forward(self, x):
        states = self.encoder(x)[0]
        weights = torch.softmax(states.sum(-1), dim=1)
        context = torch.bmm(weights.unsqueeze(1), states).squeeze(1)
        return self.fc(context)

# run: Attentive(6)(torch.randn(2, 4, 6)).sum().backward()
