import torch.nn as nn


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True, dropout=0.5)  # !SG601
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)

# run: Model(5, 7)(torch.randn(2, 3, 5))
