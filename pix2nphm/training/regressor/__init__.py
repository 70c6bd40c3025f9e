"""Photographs with known codes -> a network that reads codes from a photo."""
