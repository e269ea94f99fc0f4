"""A loop of one's own with accelerate."""

import os
import unittest

from cut import Cut


class Accelerate(Cut):
    PLACES = 18

    def test_it_goes_on_to_the_bit_in_both(self):
        for release, scenario in (
            ("accelerate_0_20", {"accumulate": 3, "workers": 1, "mode": "asynchronous"}),
            ("accelerate_1_9", {"accumulate": 2}),
        ):
            with self.subTest(release=release):
                self.folder = os.path.join(os.path.dirname(self.folder), release)
                self.play("train_accelerate", release, every=2, **scenario)

    def test_two_processes_stop_at_one_step_and_go_on_to_the_bit(self):
        for release in ("accelerate_0_20", "accelerate_1_9"):
            with self.subTest(release=release):
                self.folder = os.path.join(os.path.dirname(self.folder), release)
                cuts = [("USR2", 4), ("TERM", 5)]
                said = self.play("train_accelerate", release, cuts=cuts, every=2, ranks=2, samples=160, accumulate=2)
                self.assertEqual(2, said.count("cairn: saved at step"), said)

    def test_what_is_split_over_processes_is_refused(self):
        with self.assertRaises(AssertionError) as refused:
            self.play("train_accelerate", "accelerate_1_9", cuts=[], accelerator={"distributed_type": "FSDP"})
        self.assertIn("the accelerator's distributed_type is FSDP", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
