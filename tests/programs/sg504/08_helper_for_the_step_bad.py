import torch
import torch.nn as nn


def train_step(model, optimizer, criterion, x, y, hidden):
    optimizer.zero_grad()
    out, hidden = model(x, hidden)
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
    return loss.item(), hidden


def main():
    model = nn.RNN(4, 4, batch_first=True)
    optimizer = torch.optim.Adam(model.parameters())
    hidden = torch.zeros(1, 3, 4)
    for _ in range(7):
        x = torch.randn(3, 5, 4)
        loss, hidden = train_step(model, optimizer, nn.MSELoss(), x, x.flip(1), hidden)  # !SG504
        print(loss)


if __name__ == "__main__":
    main()
