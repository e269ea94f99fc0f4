"""Tensors on a device, which the engine has copied to it (LIBCAIRN). The device is a stand-in: the host's own memory, which the engine is not told, and a
stream that copies nothing before somebody waits for it.

On a real one gpu.py plays the same.
"""

import ctypes
import hashlib
import os
import threading
import time
import unittest
import weakref
from unittest import mock

import cairn
from cairn import _arrays, _devices
from cairn import _library as native

from test_run import Case

try:
    import torch
except ImportError:
    torch = None

WIDTH = 700  # a weight of it is 1.9 MB, two of them more than one piece
STEPS = 6


class StandIn:
    """In the place of _devices.Cuda."""

    waits = True  # else it has no function for that, as where CUDA's driver is not found

    def __init__(self):
        self.sizes, self.begun, self.waited, self.registered, self.fails, self.number = [], {}, [], {}, None, 0
        self.wait = native.WAIT(self.arrives)

    def wait_function(self):
        return self.wait if self.waits else None

    def stream(self, index):
        return "stream {}".format(index)

    def copy(self, stream, pieces, is_kept, is_awaited):
        assert stream == "stream 0" and is_awaited == (not self.waits)
        if self.fails is not None:
            raise self.fails
        self.sizes.append([source.numel() for _, source in pieces])
        if is_awaited:
            self.do(pieces)
            return None
        self.number += 1
        self.begun[self.number] = pieces
        return mock.Mock(cuda_event=self.number)

    def do(self, pieces):
        for to, source in pieces:
            to.copy_(source)

    def arrives(self, event):
        self.waited.append(threading.current_thread() is threading.main_thread())
        self.do(self.begun.pop(event))
        return 0

    def register(self, address, count):
        self.registered[address] = count
        return 0

    def unregister(self, address):
        ctypes.memset(address, 7, self.registered.pop(address))  # it is there still


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Devices(Case):
    def on_device(self):
        self.device = StandIn()
        for one in (
            mock.patch.object(_arrays, "_is_on_device", lambda tensor: tensor.numel() > 1 and not tensor.dtype == torch.uint8),
            mock.patch.object(_devices, "Cuda", lambda: self.device),
        ):
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
        for waits in (True, False):
            for mode in ("synchronous", "asynchronous", "overlapped"):
                self.device.waits = waits
                self.device.sizes.clear(), self.device.waited.clear()
                folder = "{} {}".format(mode, waits)
                self.assertFalse(self.train(folder, mode, STEPS, stop_after=STEPS // 2).is_finished)
                self.assertTrue(self.train(folder, mode, STEPS).is_finished)
                self.assertEqual(self.content("host"), self.content(folder), folder)
                self.assertEqual([], list(self.device.begun), folder)
                self.assertEqual({}, self.device.registered, folder)
                self.assertEqual(waits, len(self.device.waited) > 0, folder)
                # Weight, bias, two moments of each and so on, at once; but of a synchronous save a window after the other.
                self.assertEqual(mode != "synchronous", max(map(len, self.device.sizes)) > 5, folder)
                self.assertEqual(mode != "synchronous", 2 * WIDTH * WIDTH * 4 in max(self.device.sizes, key=len), folder)

    def test_copies_of_what_the_optimizer_changes_are_waited_for_beside_the_training_and_at_the_latest_before_its_step(self):
        self.on_device()
        with cairn.Run(os.path.join(self.folder, "run"), save=cairn.every(steps=1), when_still_saving="wait", mode="overlapped") as run:
            model, loose = torch.nn.Linear(2000, 2000), {"of the program's": torch.arange(3.0)}
            optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
            run.track(model=model, optimizer=optimizer, loose=loose)
            for step in run.steps(8):  # in the first saves every byte is checked, and all of it awaited
                self.assertEqual(int(step > 0), len(self.device.registered))
                optimizer.zero_grad()
                model(torch.ones(1, 2000)).sum().backward()
                end = time.monotonic() + 60
                while step > 4 and self.device.begun and time.monotonic() < end:
                    time.sleep(0.001)  # nobody comes to the gate meanwhile
                if step > 4:
                    self.assertEqual([{}, False], [self.device.begun, self.device.waited[-1]])
                run.before_optimizer_step()
                self.assertEqual({}, self.device.begun)
                optimizer.step()
                loose["of the program's"] += 1
            run.finish()
        self.assertIn(True, self.device.waited)  # for what is no optimizer's affair, at the boundary

    def test_a_step_of_the_optimizer_before_it_may_is_found_and_its_save_is_given_up(self):
        self.on_device()
        for at in (None, 2, 6):  # in the first saves every byte is checked
            folder = os.path.join(self.folder, str(at))
            with cairn.Run(folder, save=cairn.every(steps=1), when_still_saving="wait", mode="overlapped", keep=cairn.keep_all()) as run:
                model = torch.nn.Linear(300, 300)
                optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
                run.track(model=model, optimizer=optimizer)
                for step in run.steps(8):
                    optimizer.zero_grad()
                    model(torch.ones(1, 300)).sum().backward()
                    if step == at:
                        with torch.no_grad():
                            model.weight.add_(1)
                    if step == at:
                        with self.assertRaisesRegex(cairn.MisuseError, "these tensors were changed before .*: model: weight\\. "):
                            run.before_optimizer_step()
                    run.before_optimizer_step()
                    optimizer.step()
                run.finish()
            self.assertEqual([step for step in range(1, 9) if step != at], sorted(one.step for one in cairn.checkpoints(folder)))

    def test_a_forked_child_has_nothing_of_the_memory_for_copies_until_it_is_given_back(self):
        self.on_device()

        def forked(work):
            child = os.fork()
            if child == 0:
                os._exit(0 if work() else 1)
            return os.waitpid(child, 0)[1]

        def has_none():
            with open("/proc/self/maps") as file:
                mapped = [[int(end, 16) for end in line.split()[0].split("-")] for line in file]
            return not any(start <= address < end for start, end in mapped for address in self.device.registered)

        def uses_what_was_given_back():
            malloc = ctypes.CDLL(None).malloc
            malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
            return all(ctypes.memset(malloc(3 << 20), 1, 3 << 20) for _ in range(20))

        for mode in ("synchronous", "asynchronous"):
            for attempt in range(4):
                with cairn.Run(os.path.join(self.folder, mode + str(attempt)), save=cairn.every(steps=1), mode=mode) as run:
                    weights = {"weight": torch.zeros(500000)}
                    run.track(weights=weights)
                    for step in run.steps(3):
                        self.assertEqual(mode == "asynchronous" and step > 0, len(self.device.registered) > 0)
                        self.assertEqual(0, forked(has_none))
                    run.finish()
                self.assertEqual({}, self.device.registered)
                self.assertEqual(0, forked(uses_what_was_given_back))

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
            self.device.fails = RuntimeError("the device is gone")
            with self.assertRaisesRegex(RuntimeError, "the device is gone"):
                self.train(mode, mode, STEPS)
            self.device.fails = None
            self.assertTrue(self.train(mode, mode, STEPS).is_finished, mode)
        self.train("host", "synchronous", STEPS)
        self.assertEqual(self.content("host"), self.content("overlapped"))
