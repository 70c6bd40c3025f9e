"""The weights that ship with the package, and how weights are read and written."""

from .store import load_weights, save_weights

__all__ = ["load_weights", "save_weights"]
