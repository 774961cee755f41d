import torch
import torch.nn as nn
import torch.nn.functional as F


class RCNN(nn.Module):
    def __init__(self, vocab, dim, hidden, n_out):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden, bidirectional=True, batch_first=True)
        self.conv = nn.Conv1d(2 * hidden, 8, kernel_size=3, padding=1)
        self.fc = nn.Linear(8, n_out)

    def forward(self, ids):
        states, _ = self.rnn(self.embed(ids))
        maps = F.relu(self.conv(states))  # !SG110
        return self.fc(maps.max(dim=2)[0])

# run: RCNN(11, 5, 7, 2)(torch.randint(0, 11, (3, 14)))
