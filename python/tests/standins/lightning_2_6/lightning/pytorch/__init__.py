"""Stands for lightning.pytorch 2.6."""

from _lightning import Callback, EarlyStopping, LightningModule, TensorBoardLogger, Trainer2 as Trainer, WeightAveraging  # noqa: F401

__version__ = "2.6.5"
