import torch

seq_len = 5
batch_size = 3
input_size = 10
hidden_size = 20

rnn = torch.nn.RNN(input_size, hidden_size, 2, batch_first=True)
inputs = torch.randn(seq_len, batch_size, input_size)
output, hn = rnn(inputs)  # !SG103
print(output.shape, hn.shape)
