import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size, bidirectional=True):
        super(Encoder, self).__init__()
        self.bidirectional = bidirectional
        self.rnn = nn.RNN(size, size)  # !SG606

    def forward(self, x):
        return self.rnn(x)[0]


Encoder(5)(torch.randn(6, 3, 5))
