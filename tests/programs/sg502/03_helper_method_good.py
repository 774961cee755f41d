import torch
from torch import nn


class SentimentNet(nn.Module):
    def __init__(self, n_words, dim, hidden):
        super().__init__()
        self.hidden = hidden
        self.emb = nn.Embedding(n_words, dim)
        self.lstm = nn.LSTM(dim, hidden)
        self.head = nn.Linear(hidden, 2)

    def _start(self, batch):
        shape = (1, batch, self.hidden)
        return torch.zeros(shape, device=self.head.weight.device), torch.zeros(shape, device=self.head.weight.device)

    def forward(self, words):
        state = self._start(words.shape[1])
        _, (h, _) = self.lstm(self.emb(words), state)
        return self.head(h[-1])


if torch.cuda.is_available():
    SentimentNet(10, 3, 5).cuda()(torch.randint(10, (4, 2)).cuda())
