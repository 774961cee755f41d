import torch
import torch.nn as nn

lstm = nn.LSTM(28, 64, 2, batch_first=True)
images = torch.randn(5, 28, 32)
out, _ = lstm(images)  # !SG206
