import torch
import torch.nn as nn


class EncoderRNN(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.gru = nn.GRU(hidden_size, hidden_size, bidirectional=True)

    def get_state(self, like):
        return like.new_zeros(2, like.size(1), self.hidden_size)

    def forward(self, inputs, hidden=None):  # !SG507
        hidden = self.get_state(inputs)
        outputs, hidden = self.gru(inputs, hidden)
        return outputs, hidden

# run: EncoderRNN(4)(torch.randn(5, 2, 4))
