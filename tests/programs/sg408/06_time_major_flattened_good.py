import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class GestureNet(nn.Module):
    def __init__(self, joints: int, hidden: int, frames: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(joints, hidden)
        self.classify = nn.Linear(frames * hidden, classes)

    def forward(self, frames: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        packed = pack_padded_sequence(frames, lengths, enforce_sorted=False)
        out = pad_packed_sequence(self.lstm(packed)[0], total_length=len(frames))[0]
        out = out.permute(1, 0, 2)
        return self.classify(torch.flatten(out, start_dim=1))
