# The randomness of the first state is what the class is for, or what its caller asks for.
import torch
import torch.nn as nn


class NoiseGenerator(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.GRU(3, hidden, batch_first=True)

    def forward(self, codes):
        latent = torch.randn(1, codes.size(0), self.hidden, device=codes.device)
        return self.rnn(codes, latent)[0]


class Policy(nn.Module):
    def __init__(self, hidden, start="zeros"):
        super().__init__()
        self.hidden, self.start = hidden, start
        self.rnn = nn.GRU(3, hidden, batch_first=True)

    def forward(self, x):
        shape = (1, x.size(0), self.hidden)
        h = x.new_zeros(shape) if self.start == "zeros" else torch.randn(shape, device=x.device)
        return self.rnn(x, h)[0]


print(NoiseGenerator(5)(torch.randn(2, 4, 3)).shape)
print(Policy(5)(torch.randn(2, 4, 3)).shape, Policy(5, "normal")(torch.randn(2, 4, 3)).shape)
