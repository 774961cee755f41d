import torch
import torch.nn as nn


class DropGRU(nn.GRU):
    def __init__(self, input_size, hidden_size, num_layers=2, dropout=0.1):
        super().__init__(input_size, hidden_size, num_layers, dropout)  # !SG602

# run: DropGRU(5, 7)(torch.randn(6, 3, 5))
