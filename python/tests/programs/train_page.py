"""A program of a page of docs/, which knows nothing of tests: it is cut where it computes a loss."""

import os

import torch

from common import digest


def train(folder, attempt, scenario):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    mse_loss = torch.nn.functional.mse_loss

    def counted(*arguments, **more):
        attempt.work()
        return mse_loss(*arguments, **more)

    torch.nn.functional.mse_loss = counted
    exec(compile(scenario["code"], "page.py", "exec"), {"__name__": "__main__"})
    attempt.tell("end", digest(torch.load("final.pt")))
