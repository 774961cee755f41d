import torch
import torch.nn as nn

lstm = nn.LSTM(3, 6, num_layers=2, batch_first=True)
head = nn.Linear(6, 1)
series = torch.randn(30, 3)

out, (h, c) = lstm(series)
assert out.shape == (30, 6) and h.shape == (2, 6)
prediction = head(out[-1])
same = head(h[-1])
torch.testing.assert_close(prediction, same)

batch = series.unfold(0, 10, 5).transpose(1, 2)
out, (h, c) = lstm(batch)
prediction = head(out[:, -1])
assert prediction.shape == (len(batch), 1)

online, state = [], None
for row in series:
    y, state = lstm(row.view(1, 1, -1), state)
    online.append(head(y[0, -1]))
torch.testing.assert_close(online[-1], same, atol=1e-5, rtol=1e-5)
