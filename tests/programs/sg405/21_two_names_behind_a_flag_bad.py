import torch
import torch.nn as nn
import torch.nn.utils.rnn as rnn_utils


class OwnGRU(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.cell = nn.GRUCell(n_in, n_hidden)
        self.n_hidden = n_hidden

    def forward(self, inputs):
        is_packed = isinstance(inputs, rnn_utils.PackedSequence)
        if is_packed:
            inputs, sizes = inputs  # !SG405
        else:
            sizes = torch.tensor([inputs.size(1)] * inputs.size(0))
            inputs = inputs.flatten(0, 1)
        state = inputs.new_zeros(int(sizes[0]), self.n_hidden)
        start = 0
        for size in sizes.tolist():
            state = self.cell(inputs[start : start + size], state[:size])
            start += size
        return state
