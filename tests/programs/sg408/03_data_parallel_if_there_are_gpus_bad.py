import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import rnn


class Encoder(nn.Module):
    def __init__(self, n_mels, width):
        super().__init__()
        self.blstm = nn.LSTM(n_mels, width, num_layers=3, bidirectional=True)

    def forward(self, feats, feat_lens):
        packed = rnn.pack_padded_sequence(feats, feat_lens)
        hidden, _ = self.blstm(packed)
        hidden, lens = rnn.pad_packed_sequence(hidden)  # !SG408
        return F.relu(hidden.transpose(0, 1)), lens


def batches():
    for length in (20, 15):
        yield torch.randn(length, 3, 80), torch.tensor([length, 7, 4])


if __name__ == "__main__":
    encoder = Encoder(80, 256)
    if torch.cuda.device_count() > 1:
        encoder = nn.DataParallel(encoder, dim=1)
    encoder.to("cuda" if torch.cuda.is_available() else "cpu")
    for feats, feat_lens in batches():
        states, lens = encoder(feats, feat_lens)
        print(states.shape, lens)
