import contextlib

import torch
import torch.nn as nn


class Robust(nn.Module):
    def __init__(self, dim=5, hidden=7, bidirectional=True):
        super().__init__()
        self.rnn = nn.LSTM(dim, hidden, bidirectional=bidirectional)
        self.hidden = hidden

    @property
    def directions(self):
        return 2 if self.rnn.bidirectional else 1

    @property
    def out_features(self):
        return self.hidden * self.directions

    def forward(self, x, amp=False):
        manager = torch.autocast("cpu", dtype=torch.bfloat16) if amp else contextlib.nullcontext()
        with manager:
            output, (h_n, _) = self.rnn(x)
        try:
            summary = h_n.view(self.rnn.num_layers, self.directions, x.size(1), self.hidden)[-1]
            summary = summary.transpose(0, 1).reshape(x.size(1), -1)
        except RuntimeError as error:
            raise ValueError(f"cannot summarise {tuple(h_n.shape)}") from error
        else:
            if (width := summary.size(-1)) != self.out_features:
                raise AssertionError(f"{width=}")
        return output.float(), summary.float()


model = Robust()
head = nn.Linear(model.out_features, 2)
out, summary = model(torch.randn(6, 3, 5))
print(head(summary).shape, head(out).shape)
