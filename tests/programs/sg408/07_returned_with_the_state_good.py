import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence as pack
from torch.nn.utils.rnn import pad_packed_sequence as unpack


class TextEncoder(nn.Module):
    def __init__(self, opt):
        super().__init__()
        self.gru = nn.GRU(opt.dim, opt.dim, batch_first=True)

    def forward(self, text, n_words):
        out, _ = self.gru(pack(text, n_words, batch_first=True))
        states, n_words = unpack(out, batch_first=True, total_length=text.size(1))
        return states, n_words


class Trainer:
    def __init__(self, opt):
        self.encoder = TextEncoder(opt)
        if opt.n_gpu > 1:
            self.encoder = torch.nn.DataParallel(self.encoder)

    def step(self, text, n_words):
        states, n_words = self.encoder(text, n_words)
        return states.sum(1) / n_words[:, None].to(states.device)
