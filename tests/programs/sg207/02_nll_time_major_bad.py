import torch
import torch.nn.functional as F
from torch import nn

lstm = nn.LSTM(5, 8)
project = nn.Linear(8, 4)


def loss(x, labels):
    steps, batch, _ = x.shape
    out, _ = lstm(x.reshape(steps, batch, 5))
    logp = F.log_softmax(project(out), dim=-1)
    return F.nll_loss(logp, labels)  # !SG207


print(loss(torch.randn(6, 4, 5), torch.randint(0, 4, (6, 4))))
