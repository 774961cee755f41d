import torch
import torch.nn as nn

layer = nn.TransformerEncoderLayer(d_model=8, nhead=2)
encoder = nn.TransformerEncoder(layer, num_layers=1)
gru = nn.GRU(4, 8, batch_first=True)


def encode(x):
    h = gru(x)[0]
    return encoder(h)  # !SG108

# run: encode(torch.randn(3, 5, 4))
