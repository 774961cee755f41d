import torch
from torch import nn


class Video(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.conv = nn.Conv1d(channels, 6, kernel_size=3, padding=1)
        self.rnn = nn.GRU(6, hidden, num_layers=2, bidirectional=True, dropout=0.1)
        self.fc = nn.Linear(2 * hidden, 4)

    def forward(self, clips):
        feats = torch.relu(self.conv(clips)).permute(2, 0, 1)
        y, h = self.rnn(feats)
        return self.fc(h[-2:].transpose(0, 1).flatten(1))

# run: Video(3, 5)(torch.randn(2, 3, 9))
