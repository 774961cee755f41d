import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.n_layers, self.n_hidden = n_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, n_layers, batch_first=True)
        self.fc = nn.Linear(n_hidden, 2)

    def forward(self, x):
        h0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden, device=x.device)  # !SG507
        out, _ = self.gru(x)
        return self.fc(out[:, -1])

# run: Classifier(3, 5, 2)(torch.randn(2, 4, 3))
