import torch
from torch import nn
from torch.nn.utils import rnn as R

LENGTHS = (2, 7, 4)


def main():
    layer = nn.LSTM(3, 4)
    x = torch.randn(7, 3, 3)
    packed = R.pack_padded_sequence(x, LENGTHS, enforce_sorted=True)  # !SG406
    out, state = layer(packed)
    return state


main()
