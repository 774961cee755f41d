import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(6, 8, batch_first=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, x, lengths):
        mask = torch.arange(x.size(1), device=x.device) < lengths[:, None]
        packed = pack_padded_sequence(
            x, lengths.to("cpu"), batch_first=True, enforce_sorted=False
        )
        out, _ = pad_packed_sequence(
            self.rnn(packed)[0], batch_first=True, total_length=x.size(1)
        )
        out = out * mask.unsqueeze(-1)
        return self.fc(out.sum(1) / lengths.unsqueeze(1))


model = Model().to(device)


def predict(batches):
    return [model(x.to(device), lengths.to(device)) for x, lengths in batches]
