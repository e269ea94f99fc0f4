#!/bin/bash
#SBATCH --time=60
#SBATCH --signal=B:USR2@120
set -e
trap 'rm -rf "$TMP"' EXIT
TMP=$(mktemp -d)
python train.py | tee train.log
cp -r results ~/
echo done
