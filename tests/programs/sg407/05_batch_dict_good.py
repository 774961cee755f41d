import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Model(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.rnn = nn.GRU(n, 2 * n, batch_first=True)
        self.fc = nn.Linear(2 * n, 1)

    def forward(self, features, n_frames):
        packed = pack_padded_sequence(features, n_frames, batch_first=True)
        _, h = self.rnn(packed)
        return self.fc(h.squeeze(0))


def train_epoch(model, loader, optimizer, loss_fn):
    model.train()
    for batch in loader:
        features = batch["features"].cuda()
        n_frames = batch["n_frames"]
        pred = model(features, n_frames).squeeze(-1)
        loss = loss_fn(pred, batch["target"].cuda())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(loader):
    model = Model(40).cuda()
    train_epoch(model, loader, torch.optim.SGD(model.parameters(), lr=0.1), nn.MSELoss())
