# An element of an array: saves, waits until the others have saved as well, and reads again what it has saved.
import os
import sys
import time
from pathlib import Path

element, elements = os.environ["SLURM_ARRAY_TASK_ID"], int(os.environ["SLURM_ARRAY_TASK_COUNT"])
folder = Path(sys.argv[sys.argv.index("--checkpoint-dir") + 1])
folder.mkdir(parents=True, exist_ok=True)
(folder / "state").write_text(element)
Path(f"saved-{element}").touch()
while len(list(Path(".").glob("saved-*"))) < elements:
    time.sleep(0.1)
print(f"element {element} finds what {'itself' if (folder / 'state').read_text() == element else 'another'} saved", flush=True)
