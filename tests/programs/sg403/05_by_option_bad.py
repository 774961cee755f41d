import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 2)
        self.pooling = "max"

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True)
        out, _ = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        if self.pooling == "max":
            feature, _ = out.max(dim=1)  # !SG403
        else:
            feature = out[:, 0]
        return self.fc(feature)

# run: Model()(torch.randn(3, 8, 5), torch.tensor([8, 5, 2]))
