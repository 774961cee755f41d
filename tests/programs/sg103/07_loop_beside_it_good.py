import torch
import torch.nn as nn

lstm = nn.LSTM(input_size=3, hidden_size=4, batch_first=True)
sentence = torch.randn(6, 1, 3)
out_all, _ = lstm(sentence.transpose(0, 1))

hc = (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4))
outs = []
for i in range(sentence.size(0)):
    out, hc = lstm(sentence[i].unsqueeze(0), hc)
    outs.append(out)
print(out_all.shape, torch.cat(outs).shape)
