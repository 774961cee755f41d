import torch
import torch.nn as nn


class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoders = {  # !SG603
            "text": nn.GRU(5, 7, batch_first=True),
            "audio": nn.GRU(3, 7, batch_first=True),
        }
        self.fc = nn.Linear(14, 2)

    def forward(self, text, audio):
        _, a = self.encoders["text"](text)
        _, b = self.encoders["audio"](audio)
        return self.fc(torch.cat([a[-1], b[-1]], dim=1))

# run: Multi()(torch.randn(3, 6, 5), torch.randn(3, 4, 3))
