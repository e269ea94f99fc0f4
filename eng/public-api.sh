#!/usr/bin/env bash
# Writes the public API as it is now into the baselines (PublicAPI.Unshipped.txt), for a reviewer to read as a diff.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in Cairn Cairn.TorchSharp; do
    file=src/$project/PublicAPI.Unshipped.txt
    printf '#nullable enable\n' > "$file"
    dotnet build "src/$project" --nologo --no-incremental -warnaserror- -p:TreatWarningsAsErrors=false -p:NoWarn= 2>&1 \
        | { grep -E "src/$project/[^:]*: warning RS0016" || true; } \
        | sed -E "s/.*Symbol '(.*)' is not part of the declared public API.*/\1/" \
        | sort -u | LC_ALL=C sort >> "$file"
    echo "$file: $(($(wc -l < "$file") - 1)) members"
done
