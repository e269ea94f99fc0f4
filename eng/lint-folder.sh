#!/usr/bin/env bash
# Runs cairn lint over every batch script below a folder and prints what it finds, rule by rule, with how long it took: so that
# anybody can judge the rules on scripts of their own.
#   eng/lint-folder.sh FOLDER [RULE]        with a rule: each of its findings with its file and line, to be read one after another
# CAIRN names the program; by default ./cairn of this checkout. A script is a file with a #SBATCH line. Nothing is changed.
# Exit code 2: no such folder, or no script in it. Needs python3.
set -euo pipefail

folder=${1:?FOLDER is missing}
[[ -d $folder ]] || { echo "$folder: there is no such folder" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
exec python3 - "$folder" "${2:-}" "${CAIRN:-$here/../cairn}" << 'EOF'
import json, subprocess, sys, time
from collections import Counter, defaultdict
from pathlib import Path

folder, only, cairn = sys.argv[1:]
scripts = [str(path) for path in sorted(Path(folder).rglob("*")) if path.is_file() and b"#SBATCH" in path.read_bytes()]
if not scripts:
    print(f"{folder}: no file in it has a #SBATCH line", file=sys.stderr)
    sys.exit(2)
found, files, titles, failed = Counter(), defaultdict(set), {}, []
begin = time.monotonic()
for at in range(0, len(scripts), 200):
    answer = subprocess.run([cairn, "lint", "--format", "json", *scripts[at:at + 200]], capture_output=True, text=True)
    try:
        report = json.loads(answer.stdout)
    except ValueError:
        sys.exit(f"{cairn} lint did not answer for {scripts[at]} and those behind it:\n{answer.stderr}")
    for file in report["files"]:
        if "error" in file:
            failed.append(file["error"])
        for finding in file["findings"]:
            key = finding["rule"], finding["level"]
            found[key] += 1
            files[key].add(file["path"])
            titles[finding["rule"]] = finding["title"]
            if finding["rule"] == only:
                print(f"{file['path']}:{finding['line']}: {finding['level']}: {finding['will_happen']}")
took = time.monotonic() - begin
if not only:
    for (rule, level), number in sorted(found.items()):
        print(f"{rule} {level:8}{number:6} in {len(files[rule, level]):5} scripts  {titles[rule]}")
    sound = len(scripts) - len(failed) - len(set().union(*[paths for (_, level), paths in files.items() if level != "note"] or [set()]))
    print(f"{len(scripts)} scripts, {sound} of them without a warning, {len(failed)} not read; {took / len(scripts) * 1000:.1f} ms each")
for error in failed:
    print(f"not read: {error}", file=sys.stderr)
EOF
