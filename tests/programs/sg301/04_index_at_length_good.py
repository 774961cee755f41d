import torch
import torch.nn as nn


class Summary(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * n_hidden, 1)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, _ = self.gru(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        rows = torch.arange(x.size(0), device=x.device)
        fwd = states[rows, lengths - 1, :self.n_hidden]
        bwd = states[:, 0, self.n_hidden:]
        last = torch.cat([fwd, bwd], dim=1)
        return self.out(last)

# run: Summary(5, 7)(torch.randn(3, 6, 5), torch.tensor([6, 3, 5]))
