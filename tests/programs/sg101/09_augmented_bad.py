import torch
import torch.nn.functional as F
from torch.nn import GRU, Linear, Module, ModuleDict


class Model(Module):
    def __init__(self, dims: dict[str, int], hidden: int = 6):
        super().__init__()
        self.rnns = ModuleDict({name: GRU(dim, hidden) for name, dim in dims.items()})
        self.fc = Linear(hidden, 1)

    def forward(self, inputs):
        total = 0
        for name, x in inputs.items():
            out, _ = self.rnns[name](x)
            total += F.relu(self.fc(out[:, -1]))  # !SG101
        return total


model = Model({"a": 3, "b": 4})
print(model({"a": torch.randn(5, 2, 3), "b": torch.randn(5, 2, 4)}).shape)
