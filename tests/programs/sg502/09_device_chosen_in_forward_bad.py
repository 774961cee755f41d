import torch
from torch import nn


class KpModel(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, 1)

    def forward(self, x):
        device = "cuda" if torch.cuda.is_available() else "cpu"
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(device)  # !SG502
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(device)  # ~SG502
        out, _ = self.lstm(x, (h0, c0))
        return self.fc(out[:, -1])


# run: KpModel(5, 7, 2)(torch.randn(3, 4, 5))
