"""The axis algebra: what tensors are made of, and what operations do to them.

Nothing here reads source code or touches torch. Both front ends (the linter and the runtime
trace) feed the same operations.
"""
