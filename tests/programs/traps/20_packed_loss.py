import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence, PackedSequence, pack_padded_sequence


class PackedTagger(nn.Module):
    def __init__(self, dim=5, hidden=6, n_tags=4):
        super().__init__()
        self.rnn = nn.LSTM(dim, hidden, bidirectional=True)
        self.fc = nn.Linear(hidden * 2, n_tags)

    def forward(self, packed: PackedSequence) -> PackedSequence:
        out, _ = self.rnn(packed)
        return out._replace(data=self.fc(out.data))


seqs = [torch.randn(n, 5) for n in (6, 4, 3)]
tags = [torch.randint(0, 4, (len(s),)) for s in seqs]
model = PackedTagger()
scores = model(pack_sequence(seqs))
gold = pack_sequence(tags)
loss = nn.functional.cross_entropy(scores.data, gold.data)
loss.backward()
padded, lengths = pad_packed_sequence(scores, batch_first=True)
for row, n in zip(padded, lengths.tolist()):
    print(row[:n].argmax(dim=-1))
