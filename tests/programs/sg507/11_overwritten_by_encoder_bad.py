import torch
import torch.nn as nn
import torch.nn.functional as F


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers=1):
        super().__init__()
        self.n_hidden, self.num_layers = n_hidden, num_layers
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers)

    def forward(self, x, state=None):
        out, self.hidden = self.lstm(x, state)
        return out, self.hidden

    def init_hidden(self, batch_size):
        return (
            torch.zeros(self.num_layers, batch_size, self.n_hidden),
            torch.zeros(self.num_layers, batch_size, self.n_hidden),
        )


class Seq2Seq(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.encoder = Encoder(n_in, n_hidden)
        self.decoder = nn.LSTM(n_in, n_hidden)
        self.out = nn.Linear(n_hidden, n_in)

    def train_model(self, source, target, n_epochs):
        optimizer = torch.optim.Adam(self.parameters())
        for _ in range(n_epochs):
            encoder_hidden = self.encoder.init_hidden(source.shape[1])  # !SG507
            optimizer.zero_grad()
            encoder_output, encoder_hidden = self.encoder(source)
            decoded, _ = self.decoder(target[:-1], encoder_hidden)
            loss = F.mse_loss(self.out(decoded), target[1:])
            loss.backward()
            optimizer.step()
        return loss


print(Seq2Seq(3, 6).train_model(torch.randn(7, 4, 3), torch.randn(5, 4, 3), 2))
