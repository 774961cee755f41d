import torch
import torch.nn as nn
from torch.nn.utils import rnn as rnn_utils


class NER(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(6, 10, batch_first=True)
        self.out = nn.Linear(10, 7)

    def forward(self, x, lengths):
        packed = rnn_utils.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        hidden, _ = rnn_utils.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.out(hidden)


model = NER()
scores = model(torch.randn(3, 7, 6), torch.tensor([5, 7, 2]))
gold = torch.randint(0, 7, (3, 7))
print(nn.functional.cross_entropy(scores, gold))  # !SG207
