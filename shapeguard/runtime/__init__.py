"""What the contract says, held while a program runs: annotated layers, guards, and their errors."""
