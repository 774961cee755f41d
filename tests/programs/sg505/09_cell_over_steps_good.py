import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class GRUCellNet(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.cell = nn.GRUCell(n_in, n_hidden)
        self.head = nn.Linear(n_hidden, 2)

    def forward(self, x, h):
        for step in x.unbind(1):
            h = self.cell(step, h)
        return self.head(h), h


def main():
    data = TensorDataset(torch.randn(20, 6, 3), torch.randint(2, (20,)))
    loader = DataLoader(data, batch_size=5, shuffle=True)
    model, criterion = GRUCellNet(3, 4), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        h = torch.zeros(5, 4)
        logits, h = model(x, h)
        loss = criterion(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


main()
