"""Registered portraits and known heads -> photographs with known codes."""
