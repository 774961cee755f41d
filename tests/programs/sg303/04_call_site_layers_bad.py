import torch
import torch.nn as nn


class Seq2Vec(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, num_layers=num_layers)

    def forward(self, x):
        out, h = self.rnn(x)
        vec = h[0, :, :]  # !SG303
        return vec / vec.norm(dim=-1, keepdim=True)


if __name__ == "__main__":
    model = Seq2Vec(5, 7, num_layers=3)
    print(model(torch.randn(10, 4, 5)))
