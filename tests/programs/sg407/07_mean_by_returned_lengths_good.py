import torch
import torch.nn as nn
import torch.nn.utils.rnn as R


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(24, 32)

    def forward(self, x, lengths):
        out, _ = self.rnn(R.pack_padded_sequence(x, lengths, enforce_sorted=False))
        out, counts = R.pad_packed_sequence(out)
        return out.sum(dim=0) / counts.to(out.device).view(-1, 1)


if __name__ == "__main__":
    encoder = Encoder()
    if torch.cuda.is_available():
        encoder.cuda()
