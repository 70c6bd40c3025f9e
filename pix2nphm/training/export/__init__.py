"""Trained networks -> the weights that ship, with what is derived from them."""
