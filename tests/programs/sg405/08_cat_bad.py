import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.GRU(5, 6, batch_first=True)
        self.tags = nn.GRU(3, 6, batch_first=True)

    def run(self, rnn, x, lengths):
        return rnn(pack_padded_sequence(x, lengths, batch_first=True))[0]

    def forward(self, x, y, lengths):
        a = self.run(self.words, x, lengths)
        b = self.run(self.tags, y, lengths)
        return torch.cat((a, b), dim=-1)  # !SG405

# run: Both()(torch.randn(3, 8, 5), torch.randn(3, 8, 3), torch.tensor([8, 5, 2]))
