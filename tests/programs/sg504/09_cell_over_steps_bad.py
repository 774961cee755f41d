import torch
import torch.nn as nn


class CellModel(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.cell = nn.LSTMCell(n_in, n_hidden)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x, h, c):
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
        return self.fc(h), h, c


def train(model, series, n_batch):
    optimizer = torch.optim.Adam(model.parameters())
    h = c = torch.zeros(n_batch, model.cell.hidden_size)
    for piece, target in series:
        optimizer.zero_grad()
        pred, h, c = model(piece, h, c)  # !SG504
        loss = nn.functional.mse_loss(pred, target)
        loss.backward()
        optimizer.step()
    return loss


print(train(CellModel(3, 5), [(torch.randn(4, 6, 3), torch.randn(4, 1)) for _ in range(3)], 4))
