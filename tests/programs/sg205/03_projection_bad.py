import torch
import torch.nn as nn


class Speech(nn.Module):
    def __init__(self, n_mels=10, hidden=32, proj=8, n_phones=6):
        super().__init__()
        self.lstm = nn.LSTM(n_mels, hidden, num_layers=2, batch_first=True, proj_size=proj)
        self.classifier = nn.Linear(hidden, n_phones)  # ~SG205

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.classifier(out)  # !SG205

# run: Speech()(torch.randn(2, 7, 10))
