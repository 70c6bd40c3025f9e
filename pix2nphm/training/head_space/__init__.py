"""Scans -> heads that are linear in a code: the space of heads that everything is taught."""

from .head_space import HeadSpace
from .ict import IctFaceKit

__all__ = ["HeadSpace", "IctFaceKit"]
