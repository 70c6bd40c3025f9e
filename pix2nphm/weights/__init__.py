"""The weights that ship with the package, and how weights are read and written."""
