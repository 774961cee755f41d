# Every tensor goes to the device that one variable names, in whatever way it is written.
import torch
import torch.nn as nn

DEVICE = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.hidden_size = hidden_size
        self.rnn = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.hidden_size).to(DEVICE)
        c0 = torch.zeros(1, x.size(0), self.hidden_size, device=DEVICE)
        out, _ = self.rnn(x, (h0, c0))
        return self.fc(out[:, -1, :])


model = RNN(28, 16, 10).to(DEVICE)
print(model(torch.randn(3, 28, 28).to(DEVICE)).shape)
