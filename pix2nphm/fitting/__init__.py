"""Codes that agree with what was seen: Gauss-Newton on measured points and dense geometry."""
