"""Two directions in one tensor: which half of `output` is which, and where each one ends.

Everything here is right, and `shapeguard check` has nothing to say about it.
"""

import torch
import torch.nn as nn

STEPS, BATCH, FEATURES, HIDDEN, LAYERS = 10, 2, 5, 100, 1

lstm = nn.LSTM(FEATURES, HIDDEN, LAYERS, bidirectional=True)
sequence = torch.randn(STEPS, BATCH, FEATURES)
output, (h_n, c_n) = lstm(sequence)

# Both directions describe the third element: torch puts the backward half in the order of the input.
third = output[2]
forward_third, backward_third = third[:, :HIDDEN], third[:, HIDDEN:]
print(forward_third.shape, backward_third.shape)

halves = output.view(STEPS, BATCH, 2, HIDDEN)
assert torch.equal(halves[2, :, 0], forward_third)
assert torch.equal(halves[2, :, 1], backward_third)

# Forward ends at the last element, backward at the first.
ends = h_n.view(LAYERS, 2, BATCH, HIDDEN)
assert torch.equal(halves[-1, :, 0], ends[-1, 0])
assert torch.equal(halves[0, :, 1], ends[-1, 1])

summary = torch.cat([h_n[-2], h_n[-1]], dim=1)
assert torch.equal(summary, torch.cat([output[-1, :, :HIDDEN], output[0, :, HIDDEN:]], dim=1))

# Ways to merge the halves of every step.
added = output[..., :HIDDEN] + output[..., HIDDEN:]
averaged = halves.mean(dim=2)
multiplied = halves.prod(dim=2)
print(summary.shape, added.shape, averaged.shape, multiplied.shape)

# The backward half is a forward pass over the sequence turned round.
alone = nn.LSTM(FEATURES, HIDDEN)
alone.load_state_dict(
    {k.removesuffix("_reverse"): v for k, v in lstm.state_dict().items() if k.endswith("_reverse")}
)
turned, _ = alone(sequence.flip(0))
assert torch.allclose(turned.flip(0), halves[:, :, 1], atol=1e-6)
