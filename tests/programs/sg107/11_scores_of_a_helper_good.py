import torch
import torch.nn as nn
import torch.nn.functional as F


def weighted(states, weights):
    return torch.bmm(weights.unsqueeze(1), states).squeeze(1)


class WordAttention(nn.Module):
    def __init__(self, n_words, n_hidden, n_classes):
        super().__init__()
        self.embed = nn.Embedding(n_words, 6)
        self.gru = nn.GRU(6, n_hidden, batch_first=True, bidirectional=True)
        self.proj = nn.Linear(2 * n_hidden, 2 * n_hidden)
        self.context = nn.Parameter(torch.randn(2 * n_hidden, 1))
        self.fc = nn.Linear(2 * n_hidden, n_classes)

    def forward(self, ids):
        states, _ = self.gru(self.embed(ids))
        scores = torch.matmul(torch.tanh(self.proj(states)), self.context).squeeze(2)
        return self.fc(weighted(states, F.softmax(scores, dim=1)))

# run: WordAttention(20, 5, 3)(torch.randint(0, 20, (4, 6)))
