#!/usr/bin/env bash
# Writes how the public API differs from the last release's (PublicAPI.Shipped.txt) into PublicAPI.Unshipped.txt, for a reviewer to read as
# a diff. At a release the two become one.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in Cairn Cairn.TorchSharp; do
    file=src/$project/PublicAPI.Unshipped.txt
    before=$(< "$file")
    printf '#nullable enable\n' > "$file"

    # The build fails while the baseline is not true; its messages are what is wanted.
    messages=$(dotnet build "src/$project" --nologo --no-incremental 2>&1 || true)
    if others=$(grep -E ": error [A-Z]+[0-9]+" <<< "$messages" | grep -vE "src/$project/[^:]*: error RS001[67]"); then
        printf '%s\n' "$before" > "$file"
        printf '%s: left as it is, for src/%s does not build:\n%s\n' "$file" "$project" "$(sort -u <<< "$others" | head -n 5)" >&2
        exit 1
    fi
    grep -E "src/$project/[^:]*: error RS0016" <<< "$messages" \
        | sed -E "s/.*Symbol '(.*)' is not part of the declared public API.*/\1/" \
        | LC_ALL=C sort -u >> "$file" || true
    grep -E "src/$project/[^:]*Shipped.txt[^:]*: error RS0017" <<< "$messages" \
        | sed -E "s/.*Symbol '(.*)' is part of the declared API.*/*REMOVED*\1/" \
        | LC_ALL=C sort -u >> "$file" || true
    echo "$file: $(($(wc -l < "$file") - 1)) members"
done
