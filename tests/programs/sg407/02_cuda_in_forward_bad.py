import torch
import torch.nn as nn
import torch.nn.utils.rnn as rnn_utils


class Encoder(nn.Module):
    def __init__(self, dim, hidden):
        super(Encoder, self).__init__()
        self.gru = nn.GRU(dim, hidden, num_layers=2, bidirectional=True)

    def forward(self, x, lengths):
        lengths = torch.LongTensor(lengths).cuda()
        lengths, order = lengths.sort(0, descending=True)
        packed = rnn_utils.pack_padded_sequence(x[:, order], lengths)  # !SG407
        out, state = self.gru(packed)
        return state[:, order.argsort()]
