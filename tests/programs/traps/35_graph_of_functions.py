import functools

import torch
import torch.nn as nn

make_rnn = functools.partial(nn.GRU, batch_first=True)
rnns = {"short": make_rnn(4, 6), "long": make_rnn(4, 6, num_layers=2)}
rnns = nn.ModuleDict(rnns)


def run(name, x):
    return rnns[name](x)


def tail(x, n=1):
    return x[:, -n:]


def both(x):
    (a, ha), (b, hb) = run("short", x), run("long", x)
    assert ha.size(0) == 1 and hb.size(0) == 2
    return torch.cat([tail(a), tail(b)], dim=-1).squeeze(1), torch.stack([ha[-1], hb[-1]])


pick = lambda pair: pair[0][:, -1]
x = torch.randn(3, 5, 4)
joined, states = both(x)
print(joined.shape, states.shape, [pick(run(k, x)).shape for k in rnns])
