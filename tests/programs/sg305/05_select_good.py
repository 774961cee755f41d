import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, num_layers=2, batch_first=True)

    def forward(self, x):
        _, h_n = self.rnn(x)
        return h_n.transpose(0, 1).select(1, -1)


enc = Encoder(5, 7)
z = enc(torch.randn(4, 6, 5))
print(z.shape)
