import torch
import torch.nn as nn

torch.manual_seed(1)
rnn = nn.GRU(input_size=1, hidden_size=32, num_layers=1, batch_first=True)
out_layer = nn.Linear(32, 1)
params = list(rnn.parameters()) + list(out_layer.parameters())
optimizer = torch.optim.Adam(params, lr=0.02)
loss_func = nn.MSELoss()
h_state = None
for step in range(6):
    steps = torch.linspace(step * 3.14, (step + 1) * 3.14, 10)
    x = torch.sin(steps).view(1, -1, 1)
    y = torch.cos(steps).view(1, -1, 1)
    r_out, h_state = rnn(x, h_state)
    h_state = h_state.data
    prediction = out_layer(r_out)
    loss = loss_func(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
