import torch
import torch.nn as nn


class Audio(nn.Module):
    def __init__(self, channels=1, maps=6):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(channels, maps, 3, padding=1),
            nn.BatchNorm1d(maps),
            nn.ReLU(),
            nn.Conv1d(maps, 2 * maps, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool1d(2),
        )
        self.gru = nn.GRU(2 * maps, 7, batch_first=True)
        self.head = nn.Linear(7, 4)

    def forward(self, wave):
        z = self.features(wave)
        out, _ = self.gru(z.transpose(1, 2))
        return self.head(out.mean(dim=1))

# run: Audio()(torch.randn(3, 1, 24))
