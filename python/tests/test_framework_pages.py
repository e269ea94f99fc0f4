"""The programs of docs/python-lightning.md and docs/python-transformers.md."""

import os
import re
import unittest

from cut import HERE, Cut


class Pages(Cut):
    def test_the_programs_of_the_pages_end_with_the_same_bytes(self):
        for page, standins in (
            ("python-lightning.md", ["lightning_2_6"]),
            ("python-transformers.md", ["transformers_5", "accelerate_1_9"]),
        ):
            with open(os.path.join(HERE, "..", "..", "docs", page), encoding="utf-8") as file:
                programs = re.findall("^```python\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)
            self.assertEqual(len(standins), len(programs))
            for standin, code in zip(standins, programs):
                with self.subTest(page=page, standin=standin):
                    self.folder = os.path.join(os.path.dirname(self.folder), standin)
                    self.play("train_page", standin, code=code)

    def test_a_term_in_lightnings_first_look_at_the_validation_is_saved_for(self):
        with open(os.path.join(HERE, "..", "..", "docs", "python-lightning.md"), encoding="utf-8") as file:
            code = re.search("^```python\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE).group(1)
        said = self.play("train_page", "lightning_2_6", cuts=[("TERM", 2)], code=code)
        self.assertIn("saved at step 1", said)


if __name__ == "__main__":
    unittest.main()
