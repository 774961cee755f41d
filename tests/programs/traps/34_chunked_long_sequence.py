import torch
import torch.nn as nn


class Long(nn.Module):
    def __init__(self, dim=3, hidden=6, layers=2, chunk=4):
        super().__init__()
        self.chunk = chunk
        self.lstm = nn.LSTM(dim, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x, state=None):
        outs = []
        for piece in x.split(self.chunk, dim=1):
            out, state = self.lstm(piece, state)
            outs.append(out)
        whole = torch.cat(outs, dim=1)
        last = outs[-1][:, -1]
        h, c = state
        torch.testing.assert_close(last, h[-1])
        torch.testing.assert_close(last, whole[:, -1, :])
        return self.head(last).squeeze(-1)


model = Long()
x, y = torch.randn(4, 10, 3), torch.randn(4)
criterion = nn.MSELoss()
del model.chunk
model.chunk = 3
loss = criterion(model(x), y)
loss.backward()
