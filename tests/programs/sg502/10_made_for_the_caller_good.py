import torch
import torch.nn as nn


class GraphRNN(nn.Module):
    """The caller sets ``hidden`` before each graph, in another file."""

    def __init__(self, input_size, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.input = nn.Linear(input_size, embedding_size)
        self.rnn = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.output = nn.Linear(hidden_size, 1)
        self.hidden = None

    def init_hidden(self, batch_size):
        shape = (self.num_layers, batch_size, self.hidden_size)
        weight = next(self.parameters())
        return weight.new_zeros(shape), weight.new_zeros(shape)

    def forward(self, x):
        out, self.hidden = self.rnn(torch.relu(self.input(x)), self.hidden)
        return self.output(out)


# run: GraphRNN(5, 6, 7, 2)(torch.randn(3, 4, 5))
