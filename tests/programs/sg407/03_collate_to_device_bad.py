import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def collate(samples):
    samples.sort(key=len, reverse=True)
    lengths = torch.tensor([len(s) for s in samples], device=DEVICE)
    return pad_sequence(samples, batch_first=True).to(DEVICE), lengths


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, True)  # !SG407
        return self.rnn(packed)[1][0][-1]


def evaluate(net, dataset):
    loader = DataLoader(dataset, 16, collate_fn=collate)
    return torch.cat([net(x, lengths) for x, lengths in loader])


net = Net().to(DEVICE)
evaluate(net, [torch.randn(n, 8) for n in range(3, 40)])
