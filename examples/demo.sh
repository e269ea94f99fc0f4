#!/usr/bin/env bash
# Trains the guide's linear model twice: once without an interruption, once under a time limit that stops it again and again.
# Then compares the final weights, byte by byte.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "Building (the first time restores the packages, TorchSharp among them) ..."
dotnet build examples/LinearModel --configuration Release --nologo --verbosity quiet
program=$PWD/examples/LinearModel/bin/Release/net10.0/linux-x64/LinearModel
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo
echo "1. Nobody stops it:"
CAIRN_CHECKPOINT_DIR=$work/straight "$program" --out "$work/straight.dat"

echo
echo "2. A time limit of 9 seconds, a warning 4 seconds before it:"
CAIRN_CHECKPOINT_DIR=$work/stopped ./cairn local --time 9s --signal USR2@4s -- "$program" --step-delay 100 --out "$work/stopped.dat"

echo
if cmp "$work/straight.dat" "$work/stopped.dat"; then
    echo "The final weights of both runs are identical, byte by byte ($(stat -c %s "$work/straight.dat") bytes)."
else
    echo "The final weights differ."
    exit 1
fi
