import torch.nn as nn
import torch.nn.utils as utils


class Regressor(nn.Module):
    def __init__(self, features, hidden, window):
        super().__init__()
        self.rnn = nn.RNN(features, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(window * hidden, 64), nn.ReLU(), nn.Linear(64, 1)
        )

    def encode(self, batch, lengths):
        packed = utils.rnn.pack_padded_sequence(batch, lengths, True, False)
        output, _ = self.rnn(packed)
        padded, _ = utils.rnn.pad_packed_sequence(output, True, 0.0, batch.size(1))
        return padded

    def forward(self, batch, lengths):
        return self.head(self.encode(batch, lengths)).squeeze(1)
