import torch
import torch.nn as nn


class Stateful(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 1)
        self.hidden = (torch.zeros(1, n, 7), torch.zeros(1, n, 7))

    def forward(self, x):
        out, self.hidden = self.lstm(x, self.hidden)
        return self.fc(out)


net = Stateful(4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for number in range(8):
    x = torch.randn(4, 6, 5)
    optimizer.zero_grad()
    y = net(x)  # !SG504
    loss = nn.functional.l1_loss(y, x[:, :, :1])
    loss.backward()
    optimizer.step()
