import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Padded(nn.Module):
    def __init__(self, dim=5, hidden=7, layers=2):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x.index_select(0, order), lengths.cpu(), batch_first=True)
        packed_out, h_n = self.rnn(packed)
        out, out_lengths = pad_packed_sequence(packed_out, batch_first=True)
        _, inverse = order.sort()
        out, lengths = out[inverse], lengths[inverse]
        last = out[torch.arange(out.size(0)), lengths - 1]
        assert torch.allclose(last, h_n[-1][inverse], atol=1e-6)
        return self.fc(last)


class ByMask(Padded):
    def forward(self, x, lengths):
        out, _ = self.rnn(x)
        index = (lengths - 1).reshape(-1, 1, 1).expand(-1, 1, out.size(-1))
        return self.fc(torch.gather(out, 1, index)[:, 0])

# run: Padded()(torch.randn(4, 6, 5), torch.tensor([3, 6, 2, 5]))
# run: ByMask()(torch.randn(4, 6, 5), torch.tensor([3, 6, 2, 5]))
