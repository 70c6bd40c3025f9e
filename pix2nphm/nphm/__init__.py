"""Codes -> a signed distance field, and the template that is linear in the code."""
