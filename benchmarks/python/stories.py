"""How long `cairn status` and `cairn report` take over a run of many attempts, and how large and how fast to draw the page is.

    python3 benchmarks/python/stories.py --cairn artifacts/linux-x64/cairn --attempts 1000 --reports 100000
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

BEGIN = datetime.datetime(2026, 5, 1, tzinfo=datetime.timezone.utc)


def instant(seconds):
    return (BEGIN + datetime.timedelta(seconds=seconds)).isoformat()


def write(folder, attempts, reports):
    """Each attempt does 150 seconds of a step each, saves at 100, and is killed; the next one goes on from there."""
    os.makedirs(os.path.join(folder, "attempts"))
    each = reports // attempts
    for number in range(1, attempts + 1):
        begin, step = number * 200, (number - 1) * each
        process = {"host": "n1", "boot": "boot", "pid": 4711, "start_ticks": 1}
        events = [
            {"event": "attempt-started", "attempt": number, "job": "17", "restarts": number - 1, "world_size": 1, "process": process}
            | {"program": "train", "cairn_version": "1.0", "time": instant(begin)},
            {"event": "folder-taken", "newest_checkpoint": step, "time": instant(begin)},
            {"event": "resumed", "step": step, "bytes": 1, "seconds": 1, "skipped": [], "condition_changes": [], "planned": 2 * reports}
            | {"time": instant(begin + 10)},
            {"event": "saved", "step": step + each, "reason": "schedule", "bytes": 10**9, "seconds": 0.5, "durable_seconds": 2}
            | {"time": instant(begin + 12 + each)},
        ]
        name = os.path.join(folder, "attempts", "{:04}".format(number))
        with open(name + ".jsonl", "w") as journal:
            journal.writelines(json.dumps(event) + "\n" for event in events)
        with open(name + ".metrics", "w") as metrics:
            for at in range(1, each + 1):
                report = {"step": step + at, "metric": "loss", "value": 1 / (step + at), "time": instant(begin + 10 + at)}
                metrics.write(json.dumps(report) + "\n")


def seconds(rounds, *command):
    """The medians of the wall time and of the processor's time of a command, and the quartiles of the first."""
    taken, worked = [], []
    for _ in range(rounds):
        began, before = time.monotonic(), os.times()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600, check=False)
        after = os.times()
        taken.append(time.monotonic() - began)
        worked.append(after.children_user + after.children_system - before.children_user - before.children_system)
    low, middle, high = statistics.quantiles(taken, n=4)
    return "{:.3f} s [{:.3f}, {:.3f}], of the processor {:.3f} s".format(middle, low, high, statistics.median(worked))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cairn", default="cairn")
    options.add_argument("--attempts", type=int, default=1000)
    options.add_argument("--reports", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=7)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder, page, empty = (os.path.join(home, name) for name in ("checkpoints", "report.html", "empty.html"))
        write(folder, options.attempts, options.reports)
        print("cairn status  ", seconds(options.rounds, options.cairn, "status", folder))
        print("cairn why     ", seconds(options.rounds, options.cairn, "why", folder))
        print("cairn report  ", seconds(options.rounds, options.cairn, "report", folder, "-o", page))
        print("the page      ", "{:.2f} MB".format(os.path.getsize(page) / 1e6))
        with open(empty, "w") as file:
            file.write("<!doctype html>")
        chromium = shutil.which("chromium")
        for name, shown in (("an empty page ", empty), ("the page drawn", page)):
            if chromium:
                picture = "--screenshot=" + os.path.join(home, "picture.png")
                common = ("--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + os.path.join(home, "profile"))
                print(name, seconds(options.rounds, chromium, *common, picture, "--window-size=1400,900", "file://" + shown))


if __name__ == "__main__":
    main()
