import torch
import torch.nn as nn
import torch.nn.functional as F


class LSTNet(nn.Module):
    def __init__(self, m=3, window=20, hid_rnn=6, hid_cnn=5, hid_skip=4, kernel=5, skip=4, highway=6):
        super().__init__()
        self.m, self.P, self.hw, self.skip = m, window, highway, skip
        self.hidR, self.hidC, self.hidS = hid_rnn, hid_cnn, hid_skip
        self.pt = (window - kernel) // skip
        self.conv1 = nn.Conv2d(1, hid_cnn, kernel_size=(kernel, m))
        self.gru1 = nn.GRU(hid_cnn, hid_rnn)
        self.dropout = nn.Dropout(p=0.2)
        self.gru_skip = nn.GRU(hid_cnn, hid_skip)
        self.linear1 = nn.Linear(hid_rnn + skip * hid_skip, m)
        self.highway = nn.Linear(highway, 1)

    def forward(self, x):
        batch = x.size(0)
        c = x.view(-1, 1, self.P, self.m)
        c = self.dropout(F.relu(self.conv1(c)))
        c = torch.squeeze(c, 3)
        r = c.permute(2, 0, 1).contiguous()
        _, r = self.gru1(r)
        r = self.dropout(torch.squeeze(r, 0))
        s = c[:, :, -self.pt * self.skip:].contiguous()
        s = s.view(batch, self.hidC, self.pt, self.skip)
        s = s.permute(2, 0, 3, 1).contiguous()
        s = s.view(self.pt, batch * self.skip, self.hidC)
        _, s = self.gru_skip(s)
        s = self.dropout(s.view(batch, self.skip * self.hidS))
        res = self.linear1(torch.cat((r, s), 1))
        z = x[:, -self.hw:, :]
        z = z.permute(0, 2, 1).contiguous().view(-1, self.hw)
        return torch.sigmoid(res + self.highway(z).view(-1, self.m))

# run: LSTNet()(torch.randn(2, 20, 3))
