import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(5, 6, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, (h, c) = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        query = h[-1].unsqueeze(2)
        scores = torch.bmm(out, query).squeeze(2)
        mask = torch.arange(out.size(1))[None, :] < lengths[:, None]
        scores[~mask] = -1e9
        weights = F.softmax(scores, 1)
        return torch.bmm(out.transpose(1, 2), weights.unsqueeze(2)).squeeze(2)

# run: Model()(torch.randn(3, 8, 5), torch.tensor([8, 5, 2]))
