import torch
import torch.nn as nn


class LSTM(nn.Module):
    def __init__(self, input_dim, hidden_dim, batch_size, num_layers=2):
        super(LSTM, self).__init__()
        self.hidden_dim = hidden_dim
        self.batch_size = batch_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_dim, hidden_dim, num_layers)
        self.linear = nn.Linear(hidden_dim, 1)

    def init_hidden(self):
        return (torch.zeros(self.num_layers, self.batch_size, self.hidden_dim),
                torch.zeros(self.num_layers, self.batch_size, self.hidden_dim))

    def forward(self, x):
        lstm_out, self.hidden = self.lstm(x.view(len(x), self.batch_size, -1))
        return self.linear(lstm_out[-1]).view(-1)


model = LSTM(3, 7, batch_size=4)
x = torch.randn(5, 4, 3)
for epoch in range(2):
    model.hidden = model.init_hidden()  # !SG507
    loss = model(x).pow(2).mean()
    loss.backward()
