import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


def collate(rows):
    xs, ys = zip(*rows)
    return pad_sequence(xs), torch.stack(ys)


rows = [(torch.randn(n, 3), torch.tensor(n % 2)) for n in (5, 4, 3, 2)]
rnn, head = nn.GRU(3, 6), nn.Linear(6, 2)
for x, y in DataLoader(rows, batch_size=2, collate_fn=collate):
    states, _ = rnn(x)
    print(head(states).shape, y.shape)
