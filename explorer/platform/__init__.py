"""What every tab stands on: one thread for PyTorch, visitors' files, messages, the theme."""
