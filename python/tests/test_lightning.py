"""The callback for Lightning."""

import os
import unittest

from cut import Cut


class Lightning(Cut):
    def test_it_goes_on_to_the_bit_in_both(self):
        for release in ("lightning_1_9", "lightning_2_6"):
            with self.subTest(release=release):
                self.folder = os.path.join(os.path.dirname(self.folder), release)
                self.play("train_lightning", release, every=3)

    def test_a_term_saves_although_lightning_would_break_off(self):
        said = self.play("train_lightning", "lightning_2_6", cuts=[("TERM", 5)])
        self.assertIn("saved at step 5", said)

    def test_in_a_validation_it_is_left_and_done_again(self):
        said = self.play("train_lightning", "lightning_2_6", cuts=[("USR2", 12), ("TERM", 2), ("KILL", 3)], every=100)
        self.assertIn("stopped in the validation behind step 10: it is done again from its beginning", said)

    def test_with_accumulated_gradients_and_validations_within_the_epoch(self):
        trainer = {"accumulate_grad_batches": 3, "val_check_interval": 4}
        self.play("train_lightning", "lightning_1_9", every=1, trainer=trainer, workers=1, mode="asynchronous")

    def test_a_moving_average_that_a_callback_keeps_and_the_loggers_folder(self):
        said = self.play("train_lightning", "lightning_2_6", every=2, average=True, monitor="val_loss", logger=True)
        self.assertNotIn("with differences", said)
        self.assertEqual(["version_0"], os.listdir(self.folder + "-cut-logs"))

    def test_two_ranks_stop_at_one_step_and_go_on_to_the_bit(self):
        for release in ("lightning_1_9", "lightning_2_6"):
            with self.subTest(release=release):
                self.folder = os.path.join(os.path.dirname(self.folder), release)
                said = self.play("train_lightning", release, cuts=[("USR2", 4), ("TERM", 5)], every=3, ranks=2, trainer={"strategy": "ddp"})
                self.assertEqual(2, said.count("cairn: saved at step"), said)

    def test_a_metric_that_is_too_large_for_each_of_two_ranks_is_told(self):
        said = self.play(
            "train_lightning", "lightning_2_6", cuts=[("USR2", 5)], every=3, ranks=2, trainer={"strategy": "ddp"}, metric_size=5000
        )
        self.assertEqual(
            3, said.count("what losses has counted in this epoch (20008 bytes) is more than each of several ranks may keep"), said
        )


if __name__ == "__main__":
    unittest.main()
