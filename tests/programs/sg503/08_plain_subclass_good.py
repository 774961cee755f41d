import torch


class Wave(torch.nn.GRU):
    def forward(self, x):
        start = torch.zeros(self.num_layers, x.size(1), self.hidden_size, device=x.device)
        return super().forward(x, start)

# run: Wave(3, 5)(torch.randn(4, 2, 3))
