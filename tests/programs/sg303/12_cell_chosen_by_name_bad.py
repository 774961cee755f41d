import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        if config.cell == "gru":
            self.rnn = nn.GRU(
                config.dim, config.hidden, config.enc_layers, bidirectional=config.bidirectional
            )
        else:
            self.rnn = nn.LSTM(
                config.dim, config.hidden, config.enc_layers, bidirectional=config.bidirectional
            )

    def forward(self, x):
        out, state = self.rnn(x)
        if self.config.bidirectional:
            if self.config.cell == "gru":
                state = state[: self.config.dec_layers]  # !SG303
            else:
                state = tuple(s[0::2] + s[1::2] for s in state)
        return out, state

# run: Encoder(__import__("types").SimpleNamespace(cell="gru", dim=5, hidden=7, enc_layers=2, dec_layers=2, bidirectional=True))(torch.randn(6, 3, 5))
