import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1]).squeeze(-1)


def predict(model, loader):
    model.eval()
    predictions, targets = [], []
    with torch.no_grad():
        for x, y in loader:
            predictions += model(x).tolist()
            targets.extend(y.tolist())
    return predictions, targets


def main():
    loader = DataLoader(TensorDataset(torch.randn(9, 6, 3), torch.randn(9)), batch_size=4)
    print(len(predict(Forecaster(), loader)[0]))

# run: predict(Forecaster(), DataLoader(TensorDataset(torch.randn(8, 6, 3), torch.randn(8)), batch_size=4))
