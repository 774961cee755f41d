import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

BATCH = 4


class StockLSTM(nn.Module):
    def __init__(self, n_features, n_hidden):
        super(StockLSTM, self).__init__()
        self.lstm = nn.LSTM(n_features, n_hidden, num_layers=1)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        lstm_out, (hn, cn) = self.lstm(x)  # !SG103
        return self.fc(lstm_out[:, -1, :])


X, y = torch.randn(12, 6, 3), torch.randn(12, 1)
train_loader = DataLoader(TensorDataset(X, y), batch_size=BATCH, shuffle=True)
model = StockLSTM(3, 8)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(2):
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
