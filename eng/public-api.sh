#!/usr/bin/env bash
# Writes the public API as it is now into the baselines (PublicAPI.Unshipped.txt), for a reviewer to read as a diff.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in Cairn Cairn.TorchSharp; do
    file=src/$project/PublicAPI.Unshipped.txt
    printf '#nullable enable\n' > "$file"

    # The build fails while the baseline is empty; its messages are what is wanted.
    messages=$(dotnet build "src/$project" --nologo --no-incremental 2>&1 || true)
    grep -E "src/$project/[^:]*: error RS0016" <<< "$messages" \
        | sed -E "s/.*Symbol '(.*)' is not part of the declared public API.*/\1/" \
        | LC_ALL=C sort -u >> "$file"
    echo "$file: $(($(wc -l < "$file") - 1)) members"
done
