"""Trainings that are cut at random places, in stand-ins for two releases of Lightning, Transformers and accelerate each (standins/README.md)."""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

try:
    import torch
except ImportError:
    torch = None

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = int(os.environ.get("CAIRN_SEED") or random.SystemRandom().randrange(1 << 30))
ROUNDS = 5 if os.environ.get("CAIRN_LONG") == "1" else 1


@unittest.skipIf(torch is None, "there is no PyTorch")
class Cut(unittest.TestCase):
    """A training that is cut at random places ends with the same bytes as one that nobody stopped."""

    PLACES = 22  # that are surely there

    @classmethod
    def setUpClass(cls):
        cls.said = tempfile.TemporaryFile()
        cls.player = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "programs", "attempts.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=cls.said,
            universal_newlines=True,
        )

    @classmethod
    def tearDownClass(cls):
        cls.player.stdin.close()
        cls.player.wait(30)
        cls.player.stdout.close()
        cls.said.close()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "checkpoints")
        self.random = random.Random("{} {}".format(SEED, self.id()))

    def play(self, program, standin, cuts=None, **scenario):
        """Each cut: a signal, and before which piece of work of its attempt."""
        if cuts is None:
            signals = ["KILL", self.random.choice(["USR2", "TERM"])] * ROUNDS
            cuts = [(signal, self.random.randrange(1, self.PLACES // len(signals))) for signal in signals]
        before = self.said.seek(0, os.SEEK_END)
        path = [os.path.join(HERE, "programs"), os.path.join(HERE, "standins"), os.path.join(HERE, "standins", standin)]
        self.player.stdin.write(
            json.dumps({"path": path, "program": program, "folder": self.folder, "scenario": dict(scenario, cuts=cuts)}) + "\n"
        )
        self.player.stdin.flush()
        answer = self.player.stdout.readline()
        self.said.seek(before)
        said = self.said.read().decode()
        told = "{} cut at {} (CAIRN_SEED={}):\n{}{}".format(standin, cuts, SEED, answer, said)
        found = json.loads(answer)
        self.assertEqual([0] + [{"USR2": 143, "TERM": 143, "KILL": 137}[signal] for signal, _ in cuts] + [0], found["codes"], told)
        self.assertEqual([], found["other"], told)
        self.assertGreater(found["said"], 0 if program == "train_page" else 10, told)
        return said
