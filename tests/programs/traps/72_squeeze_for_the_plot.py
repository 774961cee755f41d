import torch
import torch.nn as nn


class Wave(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(1, 7, batch_first=True)
        self.fc = nn.Linear(7, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])


model = Wave()
criterion = nn.MSELoss()
series = torch.randn(9, 4, 1)
target = torch.randn(9)
for x, y in zip(series.split(3), target.split(3)):
    guess = model(x).squeeze()
    criterion(guess, y).backward()
with torch.no_grad():
    drawn = model(series).squeeze().cpu().numpy().tolist()
print(drawn, "shape", tuple(model(series[:1]).squeeze().shape))
