import torch
import torch.nn as nn
import torch.nn.functional as F

sequence_length = 28
input_size = 28
hidden_size = 16
num_layers = 2
num_classes = 10
batch_size = 5
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        # Set initial hidden and cell states
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        out, _ = self.lstm(x, (h0, c0))
        out = self.fc(out[:, -1, :])
        return out


class RowsFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(input_size=28, hidden_size=12)
        self.out = nn.Linear(12, 10)

    def forward(self, x):
        x = x.squeeze(1).permute(1, 0, 2)
        r_out, _ = self.rnn(x)
        return F.log_softmax(self.out(r_out[-1, :, :]), dim=1)


model = RNN(input_size, hidden_size, num_layers, num_classes).to(device)
images = torch.randn(batch_size, 1, 28, 28, device=device)
labels = torch.randint(0, 10, (batch_size,), device=device)
outputs = model(images.reshape(-1, sequence_length, input_size))
loss = nn.CrossEntropyLoss()(outputs, labels)
loss.backward()
_, predicted = torch.max(outputs.data, 1)
loss = F.nll_loss(RowsFirst().to(device)(images), labels)
print((predicted == labels).sum().item(), loss.item())
