import torch
import torch.nn as nn

rnn = nn.RNN(4, 5, num_layers=3, batch_first=True)


def run(x):
    state = torch.zeros(3, x.size(0), 5, device=x.device)
    out, _ = rnn(x, state)
    return out


# run: run(torch.randn(2, 6, 4))
