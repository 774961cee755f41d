import torch
import torch.nn as nn


class Attentive(nn.Module):
    def __init__(self, n_in=5, n_hidden=7):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True, num_layers=2)
        self.fc = nn.Linear(2 * n_hidden, 1)

    def attend(self, memory, query):
        scores = torch.bmm(memory, query.unsqueeze(2)).squeeze(2)
        return torch.bmm(scores.softmax(dim=1).unsqueeze(1), memory).squeeze(1)

    def forward(self, x):
        out, state = self.lstm(x)
        query = state[0][-1]
        return self.fc(torch.cat((self.attend(out, query), query), dim=1))

# run: Attentive()(torch.randn(3, 6, 5))
