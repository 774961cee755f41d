import torch
import torch.nn as nn

rnn = nn.RNN(4, 5, num_layers=3, batch_first=True)


def run(x):
    state = torch.zeros(x.size(0), 3, 5, device=x.device).transpose(0, 1)
    out, _ = rnn(x, state)  # !SG508
    return out


# run: run(torch.randn(2, 6, 4))
