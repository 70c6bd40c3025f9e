"""Scans -> heads that are linear in a code: the space of heads that everything is taught."""
