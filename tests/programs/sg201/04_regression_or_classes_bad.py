import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, n_in: int, n_hidden: int):
        super().__init__()
        self.encoder = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch):
        x, y = batch
        _, h_n = self.encoder(x)
        return self.criterion(h_n[-1], y)  # !SG201

# run: Model(5, 7).training_step((torch.randn(3, 6, 5), torch.randint(0, 7, (3,))))
