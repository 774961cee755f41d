"""What a rule file declares about a case, so that running it settles whether the mistake is one.

The program is executed, `run` is evaluated in its namespace, and what comes out is compared with
a quantity that NumPy computes from the weights the program built and the tensors its recurrent
layer read. One set of claims serves both programs: the fixed one must satisfy every claim, the
bad one must break at least one.

Silent, a summary taken from the wrong place (SG101, SG102, SG203, SG301, SG302, SG303, SG305).
The head's own weights do not matter, so watch what it is fed; or name the head and compare what
the model returns:

    Proof(inputs={"x": "time batch 5"}, run="Model()(x)", watch="fc", expect="last_step")
    Proof(inputs={"x": "batch time 5"}, run="Model()(x)", expect="apply('fc', final_state)")
    Proof(run="summary", expect="h_n[-1]")  # module-level code that makes its own input

Silent, no head where one is due (SG201). The bad program has no `fc`, so the claim fails for it:

    Proof(inputs={"ids": "batch time:ids(13)", "y": "batch:ids(3)"}, run="loss(Model(), ids, y)",
          watch="cross_entropy", expect="apply('fc', last_step)")

Loud (SG202, SG205, SG501): say what torch says. Without `expect` the fixed one has only to run:

    Proof(inputs={"x": "batch time 5"}, run="Model()(x)", raises="cannot be multiplied",
          expect="apply('fc', last_step)")
    Proof(inputs={"x": "batch time 5"}, run="Model()(x)", raises="Expected hidden",
          expect="output")

A warning (SG601), and what the constructor made of its arguments (SG602):

    Proof(inputs={"x": "batch time 5"}, run="lstm(x)[0]", no_warning="dropout option",
          expect="output")
    Proof(run="Model()", holds="layer.bidirectional is True and layer.bias is True")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: What the words of an axes spec stand for: distinct primes, so that no two axes coincide.
SIZES: Final[Mapping[str, int]] = {"batch": 7, "time": 11}


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How to run a program, and what must then be true.

    Programs run in float64 from a fixed seed, and modules are built in evaluation mode, so that
    dropout does not blur the comparison. The batch is 7 and the steps are 11: keep the program's
    own sizes away from both, and its hidden size away from the sizes it is confused with.

    Attributes:
        run: expression evaluated in the program's namespace once it was executed. Empty: the
            program is executed and nothing more.
        inputs: variables that the program finds in its namespace, by axes spec: words of `SIZES`
            and numbers, as in `"batch time 5"`. Random normal float64, unless a kind follows the
            last axis: `:ids(n)` int64 below n; `:lengths` int64 decreasing from the number of
            steps to at least 1; `:mask` bool, which steps lie within those lengths.
        watch: judge the first argument last given to this, instead of the value of `run`: a
            module by attribute or variable name (`"fc"`, `"encoder.fc"`), or a torch function by
            its own name (`"cross_entropy"`).
        layer: name of the recurrent layer or cell that the claims are about. Empty where the
            program builds one only.
        expect: expression that the value must equal, in shape and to 1e-9; tuples part by part.
        holds: expression that must be true; sees `value` besides the names below.
        no_warning: text that no warning may contain.
        raises: text within the `Type: message` of the exception that stops the bad program.
            Empty: the bad program runs to its end. The fixed program must always run.

    Names in `expect` and `holds`: float64 NumPy arrays, computed step by step without torch.nn
    for the last call of the layer:
        output, h_n, c_n: what the layer must return, laid out as its batch_first documents. Of
            packed input, `output` is padded with zeros. A cell has h_n and c_n, its next state.
        last_step: (batch, D*Hout), the last layer's output at each sample's own last step.
        final_state: (batch, D*Hout), the last layer's last state, forward then backward.
        layer: its constructor arguments as attributes (input_size, hidden_size, num_layers,
            bias, batch_first, dropout, bidirectional, proj_size, nonlinearity), and `kind`.
        apply(name, array): the named module applied: Linear, Embedding, LayerNorm, Dropout,
            Identity, ReLU, Tanh, Sigmoid, Softmax, LogSoftmax, or a Sequential of these.
        rnn(array): the layer applied to a (batch, time, feature) array from the zero state, with
            output (batch first), h_n, c_n, last_step and final_state as attributes.
        np, and the inputs by their names.
    """

    run: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    watch: str = ""
    layer: str = ""
    expect: str = ""
    holds: str = ""
    no_warning: str = ""
    raises: str = ""

    @property
    def claims(self) -> bool:
        """Whether a program could break this proof by anything else than not running."""
        return bool(self.expect or self.holds or self.no_warning)
