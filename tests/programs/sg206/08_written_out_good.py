import torch
import torch.nn as nn

lstm = nn.LSTM(28, 64, 2, batch_first=True)
images = torch.randn(5, 28, 28)
out, _ = lstm(images)
