import torch
from torch import nn, optim

N_HIDDEN, N_CLASSES = 6, 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, N_CLASSES)
        self.i2o = nn.Linear(N_HIDDEN, N_CLASSES)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.log_softmax(self.i2o(h.squeeze(0)))


net = Net()
criterion = nn.NLLLoss()
optimizer = optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    loss = criterion(net(torch.randn(8, 4, 5)), torch.randint(0, N_CLASSES, (4,)))
    loss.backward()
    optimizer.step()
