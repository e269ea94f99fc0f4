"""What the callbacks for frameworks have in common: the ids of loggers."""

import json
import os
import tempfile
import unittest
from unittest import mock

from cairn._guest import LoggerIds
from test_run import quiet


class Ids(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "checkpoints")

    def start(self, **variables):
        """What a start of the program has in its environment for Weights & Biases."""
        with mock.patch.dict(os.environ, variables, clear=True):
            LoggerIds(self.folder).wandb()
            return os.environ.get("WANDB_RUN_ID"), os.environ.get("WANDB_RESUME")

    def test_each_start_has_the_first_ones_id_also_where_nothing_was_saved(self):
        first = self.start()
        self.assertRegex(first[0], "^[0-9a-f]{8}$")
        self.assertEqual("allow", first[1])
        self.assertEqual(first, self.start())
        self.assertEqual(first[0], self.start(WANDB_RESUME="must")[0])
        self.assertEqual(["loggers.json"], os.listdir(self.folder))

    def test_an_id_of_the_programs_own_stays(self):
        first = self.start()
        self.assertEqual(("mine", None), self.start(WANDB_RUN_ID="mine"))
        self.assertEqual(first, self.start())

    def test_another_rank_is_no_second_writer_of_the_first_ones_run(self):
        for _ in range(2):
            self.assertEqual((None, None), self.start(RANK="1", WORLD_SIZE="2"))
            self.start(RANK="0", WORLD_SIZE="2")

    def test_an_element_of_an_array_has_its_own(self):
        several = {"SLURM_JOB_ID": "7", "SLURM_ARRAY_JOB_ID": "7"}
        ids = {self.start(SLURM_ARRAY_TASK_ID=task, **several)[0] for task in ("1", "2", "1")}
        self.assertEqual(2, len(ids))

    def test_a_file_that_cannot_be_read_is_said_and_written_anew(self):
        os.makedirs(self.folder)
        path = os.path.join(self.folder, "loggers.json")
        for content in ("{", "[]", ""):
            with self.subTest(content=content):
                with open(path, "w") as file:
                    file.write(content)
                with quiet(), mock.patch("cairn._guest.say") as said:
                    first = self.start()
                self.assertIn("loggers.json cannot be read", said.call_args[0][0])
                with open(path) as file:
                    self.assertEqual({"wandb": first[0]}, json.load(file))


if __name__ == "__main__":
    unittest.main()
