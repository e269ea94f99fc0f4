"""Tensors on a device, whose bytes the engine gets piece by piece (LIBCAIRN). The device is a stand-in: the host's own memory, which the engine is not told.

On a real one gpu.py plays the same.
"""

import hashlib
import os
import unittest
import weakref
from unittest import mock

import cairn
from cairn import _arrays

from test_run import Case

try:
    import torch
except ImportError:
    torch = None

WIDTH = 700  # a weight of it is 1.9 MB, two of them more than one piece
STEPS = 6


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Devices(Case):
    def setUp(self):
        super().setUp()
        self.pieces = []
        copy_piece = _arrays.copy_piece

        def copy(leaf, offset, to, count):
            self.pieces.append((leaf.name, offset, count))
            copy_piece(leaf, offset, to, count)

        self.devices = [
            mock.patch.object(_arrays, "_is_on_device", lambda tensor: tensor.numel() > 1 and not tensor.dtype == torch.uint8),
            mock.patch("cairn._calls.copy_piece", copy),
        ]

    def on_device(self):
        for one in self.devices:
            one.start()
            self.addCleanup(one.stop)

    def train(self, folder, mode, steps, stop_after=None):
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Linear(WIDTH, 2 * WIDTH), torch.nn.BatchNorm1d(2 * WIDTH), torch.nn.Linear(2 * WIDTH, 3))
        with torch.no_grad():
            model[2].weight.set_(torch.randn(2 * WIDTH, 3).t())  # not as it would lie: a copy of it is made
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        loose = {"half": torch.arange(5.0).bfloat16(), "flags": torch.tensor([True, False, True]), "nothing": torch.empty(0, 4)}
        with cairn.Run(os.path.join(self.folder, folder), save=cairn.every(steps=1), mode=mode, keep=cairn.keep_all()) as run:
            run.track(model=model, optimizer=optimizer, loose=loose)
            for step in run.steps(steps):
                optimizer.zero_grad()
                model(torch.randn(4, WIDTH)).square().mean().backward()
                run.before_optimizer_step()
                optimizer.step()
                loose["half"] += 0.5
                if step + 1 == stop_after:
                    run.request_stop("the test")
            return run.finish(exit=False)

    def content(self, folder):
        place = os.path.join(self.folder, folder, "step-{:010d}".format(STEPS))
        found = {}
        for name in os.listdir(place):
            if name.endswith(".safetensors"):
                with open(os.path.join(place, name), "rb") as file:
                    found[name] = hashlib.sha256(file.read()).hexdigest()
        return found

    def test_what_is_saved_in_any_mode_and_goes_on_is_what_it_would_be_on_the_host(self):
        self.assertTrue(self.train("host", "synchronous", STEPS).is_finished)
        self.on_device()
        for mode in ("synchronous", "asynchronous", "overlapped"):
            self.pieces.clear()
            self.assertFalse(self.train(mode, mode, STEPS, stop_after=STEPS // 2).is_finished)
            self.assertTrue(self.train(mode, mode, STEPS).is_finished)
            self.assertEqual(self.content("host"), self.content(mode), mode)
            asked = {name for name, _, _ in self.pieces}
            self.assertLessEqual({"0.weight", "1.running_mean", "state/#0/exp_avg", "half", "flags"}, asked, mode)
            self.assertFalse({"2.weight", "nothing", "1.num_batches_tracked"} & asked, mode)
            self.assertTrue(any(offset > 0 for _, offset, _ in self.pieces), mode)

    def test_what_the_program_holds_no_more_is_not_kept_there(self):
        self.on_device()
        weight, gone = torch.nn.Parameter(torch.zeros(10)), []
        optimizer = torch.optim.SGD([weight], lr=0.5)

        class Average:
            def state_dict(self):
                copied = weight.detach() * 1
                gone.append(weakref.ref(copied))
                return {"average": copied}

            def load_state_dict(self, state):
                pass

        for mode in ("synchronous", "asynchronous", "overlapped"):
            with cairn.Run(os.path.join(self.folder, mode), save=cairn.every(steps=2), mode=mode) as run:
                run.track(optimizer=optimizer, average=Average())
                run.track_value("looks", lambda: run.steps_done, lambda value: None)
                for step in run.steps(7):
                    self.assertEqual([], [one for one in gone if one() is not None], mode)
                    weight.square().sum().backward()  # a sum over two steps, which is saved in the middle
                    run.before_optimizer_step()
                    if step % 3 == 2:
                        gone.append(weakref.ref(weight.grad))
                        optimizer.step()
                        optimizer.zero_grad(set_to_none=True)
                run.finish()
        self.assertGreater(len(gone), 20)

    def test_an_error_of_the_device_is_the_programs_and_what_was_saved_before_is_whole(self):
        self.on_device()
        for mode in ("synchronous", "asynchronous", "overlapped"):
            self.train(mode, mode, STEPS, stop_after=2)
            with mock.patch("cairn._calls.copy_piece", side_effect=RuntimeError("the device is gone")), self.assertRaisesRegex(
                RuntimeError, "the device is gone"
            ):
                self.train(mode, mode, STEPS)
            self.assertTrue(self.train(mode, mode, STEPS).is_finished, mode)
        self.train("host", "synchronous", STEPS)
        self.assertEqual(self.content("host"), self.content("overlapped"))
