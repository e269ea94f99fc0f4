#!/bin/bash
#SBATCH --time=12:00:00
trap 'rm -rf $TMPDIR/out' TERM EXIT
./solve --out $TMPDIR/out
