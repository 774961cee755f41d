import torch
import torch.nn as nn


class Speller(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.cell = nn.GRUCell(dim, dim)

    @property
    def on_gpu(self):
        return next(self.parameters()).is_cuda

    def forward(self, frames):
        hx = torch.zeros((frames.shape[0], self.dim), requires_grad=False)  # !SG502
        if self.on_gpu:
            hx.cuda()
        for t in range(frames.size(1)):
            hx = self.cell(frames[:, t], hx)
        return hx

# run: Speller(4)(torch.randn(2, 3, 4))
