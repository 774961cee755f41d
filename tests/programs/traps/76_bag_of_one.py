import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Document(nn.Module):
    """Documents one by one, sentences packed; the mean is over the sentences of the document."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, sentences, lengths):
        packed = pack_padded_sequence(sentences, lengths, batch_first=True, enforce_sorted=False)
        _, h = self.rnn(packed)
        return self.fc(h[-1].mean(dim=0))

# run: Document()(torch.randn(3, 8, 5), torch.tensor([2, 8, 5]))
