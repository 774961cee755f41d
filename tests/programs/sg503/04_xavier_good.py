import torch
import torch.nn as nn


class TweetModel(nn.Module):
    def __init__(self, n_words, hidden):
        super().__init__()
        self.hidden = hidden
        self.embedding = nn.Embedding(n_words, hidden)
        self.lstm = nn.LSTM(hidden, hidden, 2, batch_first=True)

    def forward(self, x):
        h = torch.zeros((2, x.size(0), self.hidden), device=x.device)
        c = torch.zeros((2, x.size(0), self.hidden), device=x.device)
        return self.lstm(self.embedding(x), (h, c))[0]

# run: TweetModel(10, 4)(torch.randint(10, (2, 3)))
