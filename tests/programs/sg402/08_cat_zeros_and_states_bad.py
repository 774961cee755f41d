import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, random_split


class Traces(Dataset):
    def __init__(self, traces, size=10):
        self.fill = lambda x: torch.cat([x, torch.zeros(size - x.size(0), 5)])
        self.items = [self.fill(trace) for trace in traces]
        self.sizes = [trace.size(0) for trace in traces]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i], self.sizes[i]


class Forecast(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.hidden = hidden
        self.h0 = nn.Parameter(torch.zeros(1, 1, hidden))
        self.c0 = nn.Parameter(torch.zeros(1, 1, hidden))
        self.lstm = nn.LSTM(5, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x, sizes):
        h0 = self.h0.expand(-1, x.size(0), -1).contiguous()
        c0 = self.c0.expand(-1, x.size(0), -1).contiguous()
        out, (hn, cn) = self.lstm(x, (h0, c0))  # !SG402
        return self.linear(torch.relu(hn[0]))


def run(traces):
    data = Traces(traces)
    train, test = random_split(data, [len(data) - 1, 1])
    model = Forecast()
    for x, sizes in DataLoader(train, batch_size=8, shuffle=True):
        model(x, sizes).sum().backward()

# run: run([torch.randn(n, 5) for n in (4, 7, 10)])
