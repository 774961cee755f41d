import torch
import torch.nn as nn


class Ocr(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3 * 8, 7, batch_first=True, bidirectional=True)
        self.classes = nn.Linear(14, 11)

    def forward(self, maps):
        b, c, h, w = maps.size()
        columns = maps.reshape(b, w, c * h)  # !SG104
        out, _ = self.lstm(columns)
        return self.classes(out)

# run: Ocr()(torch.randn(2, 3, 8, 9))
