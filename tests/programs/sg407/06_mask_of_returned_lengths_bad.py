import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class MeanPooled(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, out_lengths = pad_packed_sequence(out, batch_first=True)
        steps = torch.arange(out.size(1), device=out.device).unsqueeze(0)
        mask = steps < out_lengths.unsqueeze(1)  # !SG407
        total = (out * mask.unsqueeze(-1)).sum(1)
        return total / lengths.unsqueeze(1).to(out.device)
