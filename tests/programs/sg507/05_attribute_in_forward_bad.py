import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.lstm = nn.LSTM(dim, hidden_dim, batch_first=True)

    def forward(self, x):
        self.hidden_state = x.new_zeros(1, x.shape[0], self.hidden_dim)  # !SG507
        output, (h, c) = self.lstm(x)
        return h[-1]

# run: Sentiment(3, 5)(torch.randn(2, 4, 3))
