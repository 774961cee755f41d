import torch
import torch.nn as nn
import torch.optim as optim


class ActionNet(nn.Module):
    def __init__(self, joints, hidden, actions):
        super(ActionNet, self).__init__()
        self.lstm = nn.LSTM(joints, hidden, num_layers=2, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(hidden, 32),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(32, actions),
            nn.Softmax(dim=1),  # !SG204
        )

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.head(h[-1])


def main():
    net = ActionNet(10, 20, 5)
    criterion = nn.CrossEntropyLoss(reduction="mean")
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    for step in range(2):
        x, y = torch.randn(6, 8, 10), torch.randint(0, 5, (6,))
        optimizer.zero_grad()
        prediction = net(x)
        loss = criterion(prediction, y)
        loss.backward()
        optimizer.step()


main()
