import torch
import torch.nn as nn


class CRNN(nn.Module):
    def __init__(self, n_features=20, n_hidden=16, n_chars=11):
        super().__init__()
        self.blstm = nn.LSTM(n_features, n_hidden, 2, bidirectional=True)
        self.linear = nn.Linear(n_hidden * 2, n_chars)
        self.softmax = nn.Softmax(dim=2)

    def forward(self, x):
        x, _ = self.blstm(x)
        return self.softmax(self.linear(x))  # !SG204


ctc = nn.CTCLoss(blank=0, zero_infinity=True)
net = CRNN()
logs = net(torch.randn(30, 4, 20))
sizes = torch.full((4,), 30, dtype=torch.long)
loss = ctc(logs, torch.randint(1, 11, (4, 5)), sizes, torch.full((4,), 5, dtype=torch.long))
loss.backward()
