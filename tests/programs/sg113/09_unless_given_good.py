import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, batch_size, n_words, n_hidden):
        super().__init__()
        self.batch_size, self.n_hidden = batch_size, n_hidden
        self.embed = nn.Embedding(n_words, 5)
        self.lstm = nn.LSTM(5, n_hidden)
        self.label = nn.Linear(n_hidden, 2)

    def forward(self, ids, batch_size=None):
        x = self.embed(ids).permute(1, 0, 2)
        if batch_size is None:
            h_0 = x.new_zeros(1, ids.size(0), self.n_hidden)
            c_0 = x.new_zeros(1, ids.size(0), self.n_hidden)
        else:
            h_0 = x.new_zeros(1, batch_size, self.n_hidden)
            c_0 = x.new_zeros(1, batch_size, self.n_hidden)
        out, (h_n, _) = self.lstm(x, (h_0, c_0))
        return self.label(h_n[-1])

# run: Classifier(3, 10, 4)(torch.randint(10, (3, 6)))
