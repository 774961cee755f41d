import torch
import torch.nn as nn

cfg = {"layers": 3, "hidden": 7}
gru = nn.GRU(5, cfg["hidden"], num_layers=cfg["layers"], batch_first=True)
value = nn.Linear(cfg["hidden"], 1)

obs = torch.randn(6, 4, 5)
_, hidden = gru(obs)
print(value(hidden[1]).squeeze(-1))  # !SG303
