import torch
import torch.nn as nn


class CRNN(nn.Module):
    def __init__(self, n_class, n_hidden=6, channels=(4, 8)):
        super().__init__()
        layers, previous = [], 1
        for c in channels:
            layers += [nn.Conv2d(previous, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(True), nn.MaxPool2d(2, 2)]
            previous = c
        self.cnn = nn.Sequential(*layers, nn.AdaptiveAvgPool2d((1, None)))
        self.rnn = nn.Sequential(
            BidirectionalLSTM(channels[-1], n_hidden, n_hidden),
            BidirectionalLSTM(n_hidden, n_hidden, n_class),
        )

    def forward(self, images):
        conv = self.cnn(images)
        b, c, h, w = conv.size()
        assert h == 1, "the height of conv must be 1"
        conv = conv.squeeze(2).permute(2, 0, 1)
        return self.rnn(conv)


class BidirectionalLSTM(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, bidirectional=True)
        self.embedding = nn.Linear(n_hidden * 2, n_out)

    def forward(self, x):
        recurrent, _ = self.rnn(x)
        T, b, h = recurrent.size()
        output = self.embedding(recurrent.view(T * b, h))
        return output.view(T, b, -1)

# run: CRNN(11)(torch.randn(2, 1, 16, 40))
