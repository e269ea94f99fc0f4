"""Stands for lightning 2.6."""

from .pytorch import Callback, LightningModule, Trainer  # noqa: F401
