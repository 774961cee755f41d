import torch
import torch.nn as nn


class SiameseLSTM(nn.Module):
    def __init__(self, vocab, emb=6, hidden=7):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb, padding_idx=0)
        self.encoder = nn.LSTM(emb, hidden, batch_first=True)

    def encode(self, ids):
        lengths = (ids != 0).sum(dim=1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(ids), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, (hidden, _) = self.encoder(packed)
        return hidden[0]

    def forward(self, a, b):
        left, right = map(self.encode, (a, b))
        return torch.exp(-torch.norm(left - right, p=1, dim=1))


net = SiameseLSTM(30)
a, b = torch.randint(1, 30, (4, 6)), torch.randint(1, 30, (4, 9))
a[0, 4:] = 0
b[2, 7:] = 0
similarity = net(a, b)
loss = nn.functional.mse_loss(similarity, torch.tensor([1.0, 0.0, 1.0, 0.0]))
loss.backward()
