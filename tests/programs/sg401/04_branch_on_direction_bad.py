import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class LSTMClassifier(nn.Module):
    def __init__(self, bidirectional=False):
        super().__init__()
        self.bidirectional = bidirectional
        self.rnn = nn.LSTM(5, 6, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(12 if bidirectional else 6, 2)

    def forward(self, x, n):
        out, (h, c) = self.rnn(pack_padded_sequence(x, n, batch_first=True))
        out, n = pad_packed_sequence(out, batch_first=True)
        if self.bidirectional:
            feature = torch.cat([h[-2], h[-1]], dim=1)
        else:
            feature = out[:, out.size(1) - 1]  # !SG401
        return self.fc(feature)

# run: LSTMClassifier()(torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
