import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=7)
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--batch-first", action="store_false")
args = parser.parse_args()

gru = nn.GRU(5, args.hidden, args.layers, batch_first=args.batch_first)
fc = nn.Linear(args.hidden, 1)
x = torch.randn(6, 10, 5)
last = gru(x)[0][-1]  # !SG102
print(fc(last).shape)
