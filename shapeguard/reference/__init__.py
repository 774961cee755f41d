"""Proof that a rule is right: programs run and are compared with the documented recurrences.

`proof` is what a rule file declares, `runner` takes the proofs to a verdict. Importing either
imports neither torch nor NumPy.
"""
