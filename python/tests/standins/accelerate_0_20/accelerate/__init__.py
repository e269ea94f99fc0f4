"""Stands for accelerate 0.20."""

from _accelerate import Accelerator, DistributedType  # noqa: F401
