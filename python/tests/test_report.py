"""report() in programs that save by themselves: real processes, a real file."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = """
import sys, time
import cairn
{}
"""


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "reports")

    def run_program(self, text, code=0, **variables):
        environment = dict(os.environ, CAIRN_REPORTS=self.path, **variables)
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(text)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=300,
            check=False,
        )
        self.assertEqual(code, ended.returncode, ended.stderr)
        return ended.stderr.decode()

    def lines(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path) as file:
            return [json.loads(line) for line in file]

    def test_a_line_a_value_once_a_second_and_the_last_step(self):
        self.run_program("for step in range(1, 2001): cairn.report(step, 2000, loss=1 / step, nan=float('nan'))")
        first, last = self.lines()[0], self.lines()[-1]
        self.assertEqual((1, 2000, "loss", 1.0), (first["step"], first["total"], first["metric"], first["value"]))
        self.assertEqual("NaN", self.lines()[1]["value"])
        self.assertRegex(first["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual((2000, 2000), (last["step"], last["total"]))
        self.assertLess(len(self.lines()), 50)

    def test_the_last_step_is_told_by_every_way_out(self):
        self.run_program("cairn.report(1)\ncairn.report(2)\ncairn.exit_for_requeue(2)", code=75, CAIRN_REQUEUE="wrapper")
        self.run_program(
            "import threading\ncairn.report(3)\ncairn.report(4)\nthreading.Thread(target=cairn.never_again).start()\ntime.sleep(60)",
            code=78,
        )
        self.assertEqual([1, 2, 3, 4], [line["step"] for line in self.lines()])

    def test_the_first_rank_alone(self):
        self.run_program("cairn.report(1)\ncairn.report(2)", RANK="1", WORLD_SIZE="2")
        self.assertEqual([], self.lines())
        self.run_program("cairn.report(1)\ncairn.report(2)", RANK="0", WORLD_SIZE="2")
        self.assertEqual([1, 2], [line["step"] for line in self.lines()])

    def test_nothing_that_it_is_given_ends_the_program(self):
        said = self.run_program(
            "cairn.report(7, loss='high', acc=0.5)\ncairn._job._State.report_again = 0\ncairn.report('x')\ncairn._job._State.report_again = 0\ncairn.report(8)"
        )
        self.assertEqual([(7, "acc"), (8, None)], [(line["step"], line.get("metric")) for line in self.lines()])
        self.assertIn("report(loss='high') is no number: it is left out", said)
        self.assertIn("report('x') says no number of steps: it is left out", said)

    def test_a_file_that_takes_nothing_costs_a_line_and_no_time(self):
        os.mkfifo(self.path)  # nobody reads: opening it waits
        self.run_program("began = time.monotonic()\nfor step in range(10000): cairn.report(step)\nassert time.monotonic() - began < 20")
        os.unlink(self.path)
        os.mkdir(self.path)
        self.assertIn("what the program reports cannot be written", self.run_program("cairn.report(1)"))

    def test_without_cairn_run_nothing_is_done(self):
        self.run_program("cairn.report(1, loss=object())", CAIRN_WRAPPED_JOB="1", SLURM_JOB_ID="2")
        self.assertEqual([], self.lines())


if __name__ == "__main__":
    unittest.main()
