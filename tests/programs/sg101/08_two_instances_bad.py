import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, batch_first):
        super().__init__()
        self.batch_first = batch_first
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=batch_first)

    def forward(self, x):
        out, _ = self.rnn(x)
        return out[:, -1]  # !SG101


audio = Encoder(5, 7, batch_first=False)
video = Encoder(4, 7, batch_first=True)
a = audio(torch.randn(9, 9, 5))
v = video(torch.randn(9, 6, 4))
print(torch.cat([a, v], dim=-1).shape)
