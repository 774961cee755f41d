"""What an RNN returns: `output` holds the last layer at every step, the state every layer at the end."""

import torch
import torch.nn as nn


def one_layer():
    """With one layer and one direction the last output is the state."""
    torch.manual_seed(0)
    lstm = nn.LSTM(input_size=1, hidden_size=50, num_layers=1)
    output, (h_n, c_n) = lstm(torch.rand(50, 1, 1))
    assert torch.equal(output[-1], h_n[0])


def two_layers():
    """With more layers the last output is the state of the topmost."""
    gru = nn.GRU(28, 16, num_layers=2, batch_first=True)
    output, h_n = gru(torch.randn(5, 28, 28))
    assert torch.allclose(output[:, -1], h_n[-1])


def step_by_step(num_layers=1, bidirectional=False):
    """One step at a time, the state carried from call to call."""
    torch.manual_seed(1)
    rows = num_layers * (2 if bidirectional else 1)
    steps = [torch.randn(1, 3) for _ in range(5)]
    hidden = (torch.randn(rows, 1, 3), torch.randn(rows, 1, 3))
    lstm = nn.LSTM(3, 3, num_layers=num_layers, bidirectional=bidirectional)
    for step in steps:
        out, hidden = lstm(step.view(1, 1, -1), hidden)
    h_n, c_n = hidden
    print(f"{num_layers} layer(s): out {tuple(out.shape)}, h_n {tuple(h_n.shape)}, c_n {tuple(c_n.shape)}")


class RowReader(nn.Module):
    """Reads a digit row by row and names it from the state after the last row."""

    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super().__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
        out, _ = self.rnn(x, h0)
        return self.fc(out[:, -1, :])


class TwoWayRowReader(nn.Module):
    """The same reader with a second direction, whose last row is the first it reads."""

    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden_size, num_classes)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1, :])  # !SG301


if __name__ == "__main__":
    one_layer()
    two_layers()
    step_by_step()
    step_by_step(num_layers=2)
    step_by_step(num_layers=2, bidirectional=True)
    digits = torch.randn(6, 28, 28)
    print(RowReader(28, 32, 2, 10)(digits).shape, TwoWayRowReader(28, 32, 2, 10)(digits).shape)
