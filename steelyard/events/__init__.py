"""Events: the contract, what enforces it, and what writes it."""
