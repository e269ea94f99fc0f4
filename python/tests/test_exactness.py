"""A training cut anywhere ends with the same bytes: exactness.py, one optimizer of twelve, all of them with CAIRN_LONG=1."""

import os
import random
import subprocess
import sys
import unittest

try:
    import torch
except ImportError:
    torch = None


@unittest.skipIf(torch is None, "there is no PyTorch")
class Exactness(unittest.TestCase):
    def test_however_often_it_is_cut_and_whatever_the_number_of_workers_the_bytes_are_equal(self):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exactness.py")
        names = "SGD Adam AdamW NAdam RAdam Adamax Adagrad Adadelta RMSprop Rprop ASGD LBFGS".split()
        which = ["--cuts", "10"] if os.environ.get("CAIRN_LONG") == "1" else ["--cuts", "3", random.choice(names)]
        played = subprocess.run(
            [sys.executable, "-B", program, *which], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True
        )
        self.assertEqual(0, played.returncode, played.stdout + played.stderr)
        self.assertIn("equal bytes", played.stdout)


if __name__ == "__main__":
    unittest.main()
