import torch
import torch.nn as nn
import torch.nn.functional as F


class Vocoder(nn.Module):
    def __init__(self, n_mels=6, rnn_dims=8, fc_dims=8, bits=4):
        super().__init__()
        self.n_classes = 2 ** bits
        self.rnn_dims = rnn_dims
        self.inp = nn.Linear(n_mels + 1, rnn_dims)
        self.rnn1 = nn.GRU(rnn_dims, rnn_dims, batch_first=True)
        self.rnn2 = nn.GRU(rnn_dims + n_mels, rnn_dims, batch_first=True)
        self.fc1 = nn.Linear(rnn_dims + n_mels, fc_dims)
        self.fc2 = nn.Linear(fc_dims, self.n_classes)

    def forward(self, wave, mels):
        bsize = wave.size(0)
        h1 = torch.zeros(1, bsize, self.rnn_dims, device=wave.device)
        h2 = torch.zeros(1, bsize, self.rnn_dims, device=wave.device)
        x = self.inp(torch.cat([wave.unsqueeze(-1), mels], dim=2))
        res = x
        x, _ = self.rnn1(x, h1)
        x = x + res
        res = x
        x, _ = self.rnn2(torch.cat([x, mels], dim=2), h2)
        x = torch.cat([x + res, mels], dim=2)
        return self.fc2(F.relu(self.fc1(x)))

    def get_gru_cell(self, gru):
        cell = nn.GRUCell(gru.input_size, gru.hidden_size)
        cell.weight_hh.data = gru.weight_hh_l0.data
        cell.weight_ih.data = gru.weight_ih_l0.data
        cell.bias_hh.data = gru.bias_hh_l0.data
        cell.bias_ih.data = gru.bias_ih_l0.data
        return cell

    @torch.no_grad()
    def generate(self, mels):
        rnn1, rnn2 = self.get_gru_cell(self.rnn1), self.get_gru_cell(self.rnn2)
        batch, steps, _ = mels.size()
        h1, h2 = mels.new_zeros(batch, self.rnn_dims), mels.new_zeros(batch, self.rnn_dims)
        x = mels.new_zeros(batch, 1)
        output = []
        for i in range(steps):
            m = mels[:, i, :]
            y = self.inp(torch.cat([x, m], dim=1))
            h1 = rnn1(y, h1)
            y = y + h1
            h2 = rnn2(torch.cat([y, m], dim=1), h2)
            y = torch.cat([y + h2, m], dim=1)
            posterior = F.softmax(self.fc2(F.relu(self.fc1(y))), dim=1)
            sample = torch.distributions.Categorical(posterior).sample()
            x = (2 * sample.float() / (self.n_classes - 1.0) - 1.0).unsqueeze(-1)
            output.append(sample)
        return torch.stack(output).transpose(0, 1)


voc = Vocoder()
logits = voc(torch.rand(2, 9), torch.randn(2, 9, 6))
F.cross_entropy(logits.transpose(1, 2), torch.randint(0, 16, (2, 9))).backward()
print(voc.generate(torch.randn(2, 4, 6)).shape)
