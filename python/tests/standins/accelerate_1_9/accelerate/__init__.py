"""Stands for accelerate 1.9."""

from _accelerate import Accelerator1 as Accelerator, DistributedType  # noqa: F401
