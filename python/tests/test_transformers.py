"""The Trainer of Transformers."""

import os
import unittest

from cut import Cut


class Transformers(Cut):
    def test_it_goes_on_to_the_bit_in_both(self):
        for release in ("transformers_4", "transformers_5"):
            with self.subTest(release=release):
                self.folder = os.path.join(os.path.dirname(self.folder), release)
                self.play("train_transformers", release, every=2)

    def test_in_an_evaluation_it_is_left_and_done_again(self):
        said = self.play("train_transformers", "transformers_5", cuts=[("USR2", 15), ("TERM", 2), ("KILL", 3)], every=100)
        self.assertIn("stopped in the evaluation behind step 10: it is done again from its beginning", said)

    def test_with_accumulated_gradients_and_evaluations_within_the_epoch(self):
        arguments = {"gradient_accumulation_steps": 3, "eval_every": 2, "dataloader_num_workers": 1}
        self.play("train_transformers", "transformers_5", every=1, arguments=arguments, mode="asynchronous")

    def test_two_processes_stop_at_one_step_and_go_on_to_the_bit(self):
        for release in ("transformers_4", "transformers_5"):
            with self.subTest(release=release):
                self.folder = os.path.join(os.path.dirname(self.folder), release)
                cuts = [("USR2", 6), ("TERM", 4)]  # in the middle of what the next line of the log sums up
                said = self.play("train_transformers", release, cuts=cuts, every=3, ranks=2, samples=160)
                self.assertEqual(2, said.count("cairn: saved at step"), said)

    def test_what_an_older_trainer_miscounts_is_refused(self):
        with self.assertRaises(AssertionError) as refused:
            self.play("train_transformers", "transformers_4", cuts=[], arguments={"gradient_accumulation_steps": 3})
        self.assertIn("an epoch has 10 batches, of which 3 go into a step", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
