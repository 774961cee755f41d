import torch
import torch.nn as nn
import torch.nn.functional as F

emb, rnn, fc = nn.Embedding(10, 5), nn.GRU(5, 6), nn.Linear(6, 10)


def loss_of(ids):
    steps = ids.permute(1, 0)
    hidden, _ = rnn(emb(steps))
    logits = fc(torch.relu(hidden))
    return F.cross_entropy(logits.view(-1, 10), steps.contiguous().view(-1))

# run: loss_of(torch.randint(0, 10, (3, 4)))
