import torch
import torch.nn as nn


class VariationalGRU(nn.GRU):
    def __init__(self, *args, dropout=0.2, **kwargs):
        super().__init__(*args, **kwargs)
        self.in_drop = nn.Dropout(dropout)

    def forward(self, x, h=None):
        return super().forward(self.in_drop(x), h)


rnn = VariationalGRU(5, 7, num_layers=1)
print(rnn(torch.randn(4, 2, 5))[0].shape)
