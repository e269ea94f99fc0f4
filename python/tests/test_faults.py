"""Saves that fail, and workers that are killed, beside a run.

A sample; all of it with CAIRN_LONG=1.
"""

import collections
import contextlib
import copy
import io
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

from test_ends import LONG, Trial

import cairn

try:
    import torch
except ImportError:
    torch = None

CALLS = ["mkdir", "openat", "fallocate", "pwrite64", "ftruncate", "fsync", "linkat", "rename", "unlink", "rmdir"]

# A step a line of its input.
LINE_BY_LINE = """
original = run.steps

def line_by_line(count):
    for step in original(count):
        print("ready", step, flush=True)  # the boundary before it is over, and a save there, too, where it is synchronous
        if not sys.stdin.readline():
            raise TheEnd()
        yield step

run.steps = line_by_line
"""


@unittest.skipIf(shutil.which("strace") is None, "there is no strace")
class FailedCalls(Trial):
    def ask(self, running):
        """A step and the boundary behind it."""
        running.stdin.write("\n")
        running.stdin.flush()
        return self.line(running)

    def line(self, running):
        line = running.stdout.readline()
        if not line:
            self.fail("it has ended: {}".format(running.communicate()))
        return line.split()

    def traced(self, running, *options):
        """Two steps, one of which is saved, under strace; what that has written."""
        trace = os.path.join(self.folder, "trace")
        tracer = subprocess.Popen(
            ["strace", "-f", "-y", "-p", str(running.pid), "-o", trace, "-e", "trace=" + ",".join(CALLS), *options], stderr=subprocess.PIPE
        )
        assert tracer.stderr is not None
        line = tracer.stderr.readline()
        if b"attached" not in line:
            tracer.wait()
            self.skipTest("strace cannot attach: {!r}".format(line))
        self.ask(running)
        self.ask(running)
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=300)
        with open(trace) as file:
            return file.readlines()

    def fail_at(self, error):
        name = "failed-" + error
        running = self.start(name, "synchronous", "restored", LINE_BY_LINE, 100000)
        self.assertEqual("at", self.line(running)[0])
        self.addCleanup(running.kill)
        self.line(running)
        for _ in range(8):  # from some saves on one shares and deletes
            self.ask(running)
        seen, of_the_save = collections.Counter(), set()
        for line in self.traced(running):
            call = re.search(r"\b({})\(".format("|".join(CALLS)), line)
            if call:
                seen[call.group(1)] += 1
                of_the_save |= {call.group(1)} if name in line else set()
        self.assertLessEqual({"mkdir", "openat", "fsync", "rename"}, of_the_save)
        hit = 0
        cases = [(call, number) for call, count in sorted(seen.items()) for number in range(1, count + 1)]
        for call, number in cases if LONG else cases[:: max(1, len(cases) // 4)]:
            lines = self.traced(running, "-e", "inject={}:error={}:when={}".format(call, error, number))
            hit += any("INJECTED" in line and name in line for line in lines)
            for _ in range(4):
                self.ask(running)
        self.assertGreater(hit, 0, seen)
        running.stdin.close()
        output, errors = running.stdout.read(), running.stderr.read()
        self.assertIn(running.wait(60), (0, 1), output + errors)
        self.assertIn("could not be saved", errors)
        running.stdout.close(), running.stderr.close()
        at = int(output.splitlines()[-1].split()[1]) if output else 0
        returned, output, all_of_it = self.play(name, steps=at + 50)
        self.assertEqual(0, returned, all_of_it)
        self.assertNotIn("at 0\n", output)
        print("{}: {} calls failed of {}".format(error, hit, len(cases)), file=sys.stderr)

    def test_whatever_call_of_a_save_fails_training_goes_on_and_the_next_start_has_a_whole_state(self):
        for error in ("EIO", "ENOSPC", "EDQUOT") if LONG else ("EIO",):
            self.fail_at(error)


@unittest.skipIf(os.getuid() != 0, "mounting wants root")
class FullDisk(Trial):
    def test_on_a_full_disk_training_goes_on_and_what_was_saved_before_is_whole(self):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "cairn-test", disk]).returncode != 0:
            self.skipTest("nothing can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        fill = textwrap.dedent(
            """
            with open(os.path.join(folder, "..", "filler"), "wb", buffering=0) as file:
                try:
                    while file.write(bytes(1 << 16)):
                        pass
                except OSError:
                    pass
            """
        )
        # It fills up in mid-run, and the program is killed there: the older one serves.
        returned, output, all_of_it = self.play("disk/checkpoints", "synchronous", "step", fill + "\nos.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(-signal.SIGKILL, returned, all_of_it)
        os.remove(os.path.join(disk, "filler"))
        # It fills up, and has room again before the end.
        free = "threading.Timer(1, os.remove, [os.path.join(folder, '..', 'filler')]).start()"
        returned, output, all_of_it = self.play("disk/checkpoints", "asynchronous", "step", fill + "\n" + free)
        self.assertEqual(0, returned, all_of_it)
        self.assertEqual("at 2", output.splitlines()[0], all_of_it)
        self.assertIn("FINISHED", output, all_of_it)
        self.assertIn("No space left", all_of_it)


WORKERS = """
import cairn

import gc, multiprocessing, os, signal, subprocess, sys, time
import torch
from torch.utils.data import DataLoader, Dataset


class Numbers(Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, index):
        if os.path.exists("now"):
            if what == "KILL":  # at any other place it may hold a lock that it shares with the program, which then waits for it for ever: in PyTorch alone, too
                os.kill(os.getpid(), signal.SIGKILL)
            if what == "hang":
                time.sleep(600)
            if what == "TERM":  # which is nothing to the worker, and something to what it starts
                child = subprocess.Popen(["sleep", "600"])
                child.terminate()
                assert child.wait() == -signal.SIGTERM
        return (index, os.getpid()) if what != "orphans" else bytes(1 << 20)  # more than the pipe to a program that is gone can hold


def settled(loader):
    from cairn._loaders import Settled  # as the frameworks' loops have it

    place, batches = [0, 0], None
    Settled(loader, lambda: tuple(place))
    for step in run.steps(48):
        epoch, index = divmod(step, 16)
        if batches is None or index == 0:
            place[:] = epoch, index
            batches = iter(loader)
        yield cairn.Batch(next(batches), epoch, index, index == 15)


def own(loader):
    batches = None
    for step in run.steps(48):
        if batches is None or step % 16 == 0:
            batches = iter(cairn.shield_workers(loader))
        yield cairn.Batch(next(batches), step // 16, step % 16, False)


context, persistent, what = sys.argv[1], sys.argv[2] == "persistent", sys.argv[3]
if __name__ == "__main__":
    loader = DataLoader(
        Numbers(), batch_size=4, shuffle=True, num_workers=2, persistent_workers=persistent, multiprocessing_context=None if context == "any" else context)
    run = cairn.Run("{}-{}-{}".format(*sys.argv[1:4]), save=cairn.every(steps=3) if what != "everybody" else cairn.never())
    if what == "open":
        cairn.shield_workers(loader)
        assert context != "any" or multiprocessing.get_start_method(allow_none=True) is None
        gc.disable()
        files = []
        for epoch in range(5):
            list(loader)
            files.append(len(os.listdir("/proc/self/fd")))
        batches = iter(loader)
        next(batches)
        run.finish(exit=False)
        sys.exit(files[-1] - files[0] >= 8)  # of a worker that is kept there are two
    if what == "orphans":
        loader.collate_fn = list
        batches = iter(cairn.shield_workers(loader))
        next(batches)
        print(*[worker.pid for worker in batches._workers], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    signalled = 0
    for batch in run.batches(loader, epochs=3) if sys.argv[4] == "batches" else globals()[sys.argv[4]](loader):
        if batch.index == 5 and batch.epoch < 2:
            if what == "everybody" and not os.path.exists("now"):
                open("now", "w").close()
                subprocess.call(["sh", "-c", "kill -TERM 0"])  # as timeout does it: PyTorch tells somebody else's TERM from the program's
            open("now", "w").close()
            for pid in set(batch.data[1].tolist()) if what in ("USR2", "TERM") else ():
                os.kill(pid, getattr(signal, "SIG" + what))
                signalled += 1
            if what == "hang":
                time.sleep(0.2)
                sys.exit(3)
            time.sleep(0.2)
    print(signalled, run.finish())
"""


@unittest.skipIf(torch is None, "there is no PyTorch")
class Workers(unittest.TestCase):
    def work(self, context, persistent, what, codes, loop="batches"):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "program.py")
            with open(program, "w") as file:
                file.write(WORKERS)
            for code in codes:
                ended = subprocess.run(
                    [sys.executable, "-B", program, context, persistent, what, loop],
                    cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=300, start_new_session=True)  # fmt: skip
                self.assertEqual(code, ended.returncode, ended.stdout + ended.stderr)
            return ended

    def forms(self):
        for context in ("any", "fork", "spawn") if LONG else ("any",):
            for persistent in ("persistent", "anew") if LONG else ("anew",):
                yield context, persistent

    def test_signals_to_a_data_loaders_workers_are_not_the_runs_and_kill_none(self):
        for context, persistent in self.forms():
            for number in "USR2", "TERM":
                with self.subTest(context=context, persistent=persistent, number=number):
                    ended = self.work(context, persistent, number, [0])
                    self.assertEqual("2 Outcome(FINISHED, exit_code=0)\n", ended.stdout, ended.stderr)

    def test_a_TERM_to_all_processes_of_a_program_is_a_stop_at_a_boundary(self):
        for context, persistent in self.forms():
            for loop in ("batches", "settled", "own") if LONG else ("batches", "settled"):
                with self.subTest(context=context, persistent=persistent, loop=loop):
                    ended = self.work(context, persistent, "everybody", [143, 0], loop)
                    self.assertRegex(ended.stderr, "attempt 2: resumes at step [67] of 48")

    def test_workers_go_with_a_program_that_is_killed(self):
        for context, persistent in self.forms():
            with self.subTest(context=context, persistent=persistent):
                # It returns when nobody has the program's output any more.
                ended = self.work(context, persistent, "orphans", [-signal.SIGKILL])
                self.assertRegex(ended.stdout, "^[0-9]+ [0-9]+\\n$", ended.stderr)

    def test_shielded_workers_leave_nothing_open_and_a_program_may_end_before_them(self):
        for context, persistent in self.forms():
            with self.subTest(context=context, persistent=persistent):
                ended = self.work(context, persistent, "open", [0])
                self.assertNotIn("Traceback", ended.stderr)
                self.assertNotIn("Exception ignored", ended.stderr)

    def test_what_cannot_be_shielded_is_told(self):
        with self.assertRaisesRegex(cairn.MisuseError, "takes a torch.utils.data.DataLoader, and this is a list"):
            cairn.shield_workers([])
        special = copy.copy(multiprocessing.get_context("fork"))
        special.Process = type("Special", (special.Process,), {})
        for context, name in (special, "Special"), ("forkserver", "ForkServerProcess"):
            loader = torch.utils.data.DataLoader(range(4), num_workers=1, multiprocessing_context=context)
            told = io.StringIO()
            with contextlib.redirect_stderr(told):
                self.assertIs(loader, cairn.shield_workers(loader))
            self.assertIn(
                "cairn: warning: a TERM to all of the program's processes will end the loader's workers, for they are started by " + name,
                told.getvalue(),
            )
            self.assertIsNone(loader.worker_init_fn)
        shielded = cairn.shield_workers(torch.utils.data.DataLoader(range(4), num_workers=1))
        again = cairn.shield_workers(torch.utils.data.DataLoader(range(4), num_workers=1, worker_init_fn=shielded.worker_init_fn))
        self.assertIs(shielded.multiprocessing_context.Process, again.multiprocessing_context.Process)
        without = torch.utils.data.DataLoader(range(4))
        self.assertIs(without, cairn.shield_workers(without))
        self.assertIsNone(without.worker_init_fn)

    def test_a_worker_that_is_killed_is_an_error_of_the_program_and_nothing_hangs(self):
        for context, persistent in self.forms():
            with self.subTest(context=context, persistent=persistent):
                ended = self.work(context, persistent, "KILL", [1])
                # PyTorch's words, or those of the connection by which a worker hands its tensors over.
                self.assertRegex(ended.stderr, "DataLoader worker .* (killed|exited)|Connection(Reset|Refused)Error|EOFError")
                self.assertRegex(ended.stderr, "cairn: warning: the loop was left in step [0-9]+ of 48")

    def test_a_worker_that_hangs_does_not_outlive_the_program(self):
        for context, persistent in self.forms():
            with self.subTest(context=context, persistent=persistent):
                ended = self.work(context, persistent, "hang", [3])
                self.assertNotIn("Traceback", ended.stderr)


if __name__ == "__main__":
    unittest.main()
