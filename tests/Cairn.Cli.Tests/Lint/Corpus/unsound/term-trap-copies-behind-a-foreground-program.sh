#!/bin/bash
#SBATCH --time=12:00:00
trap 'cp -r $TMPDIR/out results/' TERM
./solve --out $TMPDIR/out
cp -r $TMPDIR/out results/
