"""Heads with known codes -> a network that decodes codes to a signed distance field."""
