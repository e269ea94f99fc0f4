"""Tensors on a device, which the engine has copied to it (LIBCAIRN). The device is a stand-in: the host's own memory, which the engine is not told, and a
stream that copies nothing before somebody waits for it.

On a real one gpu.py plays the same.
"""

import ctypes
import hashlib
import io
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
        self.sizes, self.begun, self.waited, self.registered, self.fails, self.number = [], {}, [], {}, {}, 0
        self.answers, self.stays, self.wrong = {}, 0, []
        self.wait = native.WAIT(self.arrives)

    def wait_function(self):
        return self.wait if self.waits else None

    def stream(self, index):
        return "stream {}".format(index)

    def copy(self, stream, pieces, is_kept, is_awaited):
        assert is_awaited == (not self.waits)
        if stream in self.fails:
            raise self.fails[stream]
        self.sizes.append([source.numel() for _, source in pieces])
        if is_awaited:
            self.do(pieces)
            return None
        self.number += 1
        self.begun[self.number] = stream, pieces
        return mock.Mock(cuda_event=self.number)

    def do(self, pieces):
        for to, source in pieces:
            to.copy_(source)

    def arrives(self, event):
        self.waited.append(threading.current_thread() is threading.main_thread())
        if event not in self.begun:
            self.wrong.append("{} is waited for twice".format(event))
            return 1
        stream, pieces = self.begun.pop(event)
        self.do(pieces)
        return self.answers.get(stream, 0)

    def register(self, address, count):
        self.registered[address] = count
        return 0

    def unregister(self, address):
        if self.begun:
            self.wrong.append("{} go on into memory that goes".format(list(self.begun)))
        ctypes.memset(address, 7, self.registered.pop(address))  # it is there still
        return self.stays


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Devices(Case):
    def on_device(self):
        self.kept = []
        self.device = StandIn()
        self.addCleanup(lambda: self.assertEqual([], self.device.wrong))
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
            before = 0
            for step in run.steps(8):  # in the first saves every byte is checked, and all of it awaited
                self.assertEqual(int(step > 0), len(self.device.registered))
                optimizer.zero_grad()
                model(torch.ones(1, 2000)).sum().backward()
                end = time.monotonic() + 60
                while step > 4 and (self.device.begun or False not in self.device.waited[before:]):  # nobody comes to the gate meanwhile
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.001)
                run.before_optimizer_step()
                self.assertEqual({}, self.device.begun)
                optimizer.step()
                loose["of the program's"] += 1
                before = len(self.device.waited)
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

    def test_what_has_begun_on_another_device_is_waited_for_once_before_the_memory_goes(self):
        self.on_device()
        places = {"first": 0, "second": 1}
        with mock.patch.object(_devices, "_index", lambda tensor: int(tensor[0])):
            for kind in ("begin", "wait"):
                for place, index in places.items():
                    folder = os.path.join(self.folder, kind + place)
                    state = {name: torch.full((1000,), float(number)) for name, number in places.items()}
                    run = cairn.Run(folder, save=cairn.every(steps=1), when_still_saving="wait")
                    run.track(state=state)
                    stream = "stream {}".format(index)
                    with self.assertRaisesRegex(
                        RuntimeError if kind == "begin" else cairn.CairnError, "gone" if kind == "begin" else "answered 700"
                    ):
                        for step in run.steps(9):
                            if step == 3 and kind == "begin":
                                self.device.fails[stream] = RuntimeError("gone")
                            elif step == 3:
                                self.device.answers[stream] = 700
                    self.assertEqual({}, self.device.begun)
                    self.device.fails.clear(), self.device.answers.clear()
                    run.close()
                    self.assertEqual(3, max(one.step for one in cairn.checkpoints(folder)))

    def test_a_device_that_fails_at_the_gate_costs_that_save_alone(self):
        self.on_device()
        folder = os.path.join(self.folder, "run")
        with cairn.Run(folder, save=cairn.every(steps=1), when_still_saving="wait", mode="overlapped", keep=cairn.keep_all()) as run:
            model = torch.nn.Linear(300, 300)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
            run.track(model=model, optimizer=optimizer)
            for step in run.steps(8):
                model(torch.ones(1, 300)).sum().backward()
                if step == 5:
                    self.device.fails["stream 0"] = RuntimeError("no memory")
                    with self.assertRaisesRegex(RuntimeError, "no memory"):
                        run.before_optimizer_step()
                    self.device.fails.clear()
                run.before_optimizer_step()
                optimizer.step()
                optimizer.zero_grad()
            run.finish()
        self.assertEqual([1, 2, 3, 4, 6, 7, 8], sorted(one.step for one in cairn.checkpoints(folder)))

    def test_where_no_copy_goes_on_beside_the_training_nothing_is_kept_for_one(self):
        self.on_device()
        model = torch.nn.Linear(300, 300)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)

        def train(run, steps):
            for step in run.steps(steps):
                yield step
                model(torch.ones(1, 300)).sum().backward()
                run.before_optimizer_step()
                self.assertEqual(({}, []), (run._devices.leaves, run._devices._events))
                optimizer.step()
                optimizer.zero_grad()

        def begin(folder):
            run = cairn.Run(os.path.join(self.folder, folder), save=cairn.every(steps=1), when_still_saving="wait", mode="overlapped")
            run.track(model=model, optimizer=optimizer)
            return run

        run = begin("ended")
        for step in train(run, 6):
            self.assertEqual(step > 0, len(run._devices.leaves) > 0)
        self.assertEqual({}, run._devices.leaves)  # at the last boundary all is awaited
        run.finish()

        run = begin("left")
        for step in train(run, 6):
            if step == 4:
                break
        run.close()
        self.assertEqual({}, run._devices.leaves)

    def test_an_interrupt_while_they_are_let_go_leaves_a_run_that_can_be_closed(self):
        self.on_device()
        let_go = _devices.Devices.let_go

        def interrupted(devices):
            let_go(devices)
            raise KeyboardInterrupt

        run = cairn.Run(os.path.join(self.folder, "run"), save=cairn.every(steps=1))
        weights = {"weight": torch.zeros(500000)}
        run.track(weights=weights)
        self.assertEqual(0, run.restore())
        with mock.patch.object(_devices.Devices, "let_go", interrupted), self.assertRaises(KeyboardInterrupt):
            run.boundary(1)
        run.boundary(2, last=True)
        run.finish()

    def test_memory_that_a_device_does_not_let_go_is_not_given_back(self):
        self.on_device()
        self.device.stays = 201
        said = io.StringIO()
        with mock.patch("cairn._job._say", lambda words: said.write(words)):
            for attempt in range(3):
                with cairn.Run(os.path.join(self.folder, str(attempt)), save=cairn.every(steps=1)) as run:
                    weights = {"weight": torch.zeros(500000)}
                    run.track(weights=weights)
                    for step in run.steps(3):
                        for address in self.device.registered:
                            self.assertNotIn(address, self.kept)
                            last = address
                    run.finish()
                self.kept.append(last)
        for address in self.kept:
            self.assertEqual(7, ctypes.c_uint8.from_address(address).value)  # else it may be anything, or nothing
        self.assertEqual(3, said.getvalue().count("stay registered with CUDA until the program's end (its error 201)"))

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
            self.device.fails["stream 0"] = RuntimeError("the device is gone")
            with self.assertRaisesRegex(RuntimeError, "the device is gone"):
                self.train(mode, mode, STEPS)
            self.device.fails.clear()
            self.assertTrue(self.train(mode, mode, STEPS).is_finished, mode)
        self.train("host", "synchronous", STEPS)
        self.assertEqual(self.content("host"), self.content("overlapped"))
