import torch
import torch.nn as nn


class SpanReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, bidirectional=True, batch_first=True)
        self.ends = nn.Linear(16, 2)

    def forward(self, x):
        return self.ends(self.rnn(x)[0])


reader, criterion = SpanReader(), nn.CrossEntropyLoss()
scores = reader(torch.randn(3, 9, 6))
spans = torch.tensor([[0, 4], [2, 8], [1, 1]])
print(criterion(scores, spans))
