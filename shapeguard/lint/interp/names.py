"""Names of torch, Python and common packages, listed by what they mean to the interpreter."""

from __future__ import annotations

from shapeguard.contract import Kind


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


MODULE_METHODS = words(
    """
    to cuda cpu half float double train eval apply requires_grad_ share_memory type
    add_module register_module register_buffer register_parameter named_modules modules
    children named_children parameters named_parameters state_dict load_state_dict zero_grad
    flatten_parameters reset_parameters extra_repr forward __call__ save_hyperparameters
    """
)
"""Methods of nn.Module, which user classes inherit."""


TENSOR_METHODS = words(
    """
    size view reshape transpose permute squeeze unsqueeze contiguous dim flatten expand
    repeat chunk split select narrow gather index_select mean sum max min argmax softmax
    log_softmax new new_zeros new_ones new_empty new_full new_tensor detach clone float double
    half long int bool cuda cpu numel mul add matmul bmm t swapaxes movedim unbind
    masked_fill relu tanh sigmoid view_as expand_as repeat_interleave new_ones topk cumsum
    sort argsort numpy item tolist requires_grad_ backward
    """
)
"""Methods that make a value a tensor."""


SAME_VALUES = words(
    """
    Identity Dropout Dropout1d Dropout2d AlphaDropout FeatureAlphaDropout
    """
)
"""Layers that hand their input on."""


SAME_AXES = words(
    """
    ReLU ReLU6 LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Tanh Sigmoid Hardtanh Hardswish
    Softplus Softsign Tanhshrink LogSigmoid LayerNorm RMSNorm BatchNorm1d GroupNorm
    InstanceNorm1d Threshold
    """
)
"""Layers that compute, axis by axis the same."""


SPATIAL = words(
    """
    Conv1d Conv2d Conv3d MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d BatchNorm2d
    BatchNorm3d Upsample
    """
)
"""Layers that keep the first axis, the batch, and compute along the others."""


RETURN_SELF = words(
    """
    to cuda cpu half float double train eval apply requires_grad_ share_memory type bfloat16
    to_empty __enter__
    """
)
"""Methods of modules that return the module."""


STRING_METHODS = words(
    """
    lower upper strip title capitalize startswith endswith
    """
)
"""Methods of strings that are followed."""


TRANSPARENT_DECORATORS = words(
    """
    no_grad inference_mode override staticmethod classmethod property cached_property script
    jit export ignore unused autocast abstractmethod typechecked compile torch_compile wraps
    jaxtyped custom_fwd overload
    """
)
"""Decorators that leave what a function returns as it is."""


NAMESPACES = words(
    """
    SimpleNamespace Namespace EasyDict AttrDict Munch Box DotMap ConfigDict Bunch
    """
)
"""Classes of other packages whose objects are bags of attributes."""


KINDS = frozenset(kind.value for kind in Kind)
