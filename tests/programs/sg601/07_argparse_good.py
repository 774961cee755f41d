import argparse

import torch
from torch import nn


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--nhid", type=int, default=7)
    p.add_argument("--nlayers", type=int, default=2)
    p.add_argument("--dropout", type=float, default=0.5)
    return p.parse_args()


def main():
    args = parse()
    rnn = nn.GRU(5, args.nhid, args.nlayers, dropout=args.dropout)
    print(rnn(torch.randn(3, 2, 5))[0].shape)


main()
