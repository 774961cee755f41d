import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.score = nn.Linear(8, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        scores = torch.zeros(out.size(0), out.size(1))
        for t in range(out.size(1)):
            scores[:, t] = self.score(torch.tanh(out[:, t])).squeeze(1)
        scores[torch.arange(out.size(1)) >= lengths[:, None]] = float("-inf")
        weights = torch.softmax(scores, dim=1)
        return torch.bmm(weights.unsqueeze(1), out).squeeze(1)

# run: Pooled()(torch.randn(3, 6, 5), torch.tensor([6, 4, 2]))
