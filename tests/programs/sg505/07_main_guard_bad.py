import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def test(model, loader, n_hidden):
    model.eval()
    total = 0.0
    h = torch.zeros(1, 4, n_hidden)
    for x, y in loader:
        with torch.no_grad():
            scores, h = model(x, h)  # !SG505
        total += nn.functional.mse_loss(scores, y).item()
    return total


if __name__ == "__main__":
    rnn = nn.RNN(5, 7, batch_first=True)
    data = TensorDataset(torch.randn(8, 6, 5), torch.randn(8, 6, 7))
    print(test(rnn, DataLoader(dataset=data, batch_size=4, shuffle=True), 7))
