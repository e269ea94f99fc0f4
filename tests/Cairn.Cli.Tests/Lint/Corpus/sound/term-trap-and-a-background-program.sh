#!/bin/bash
#SBATCH --time=12:00:00
trap 'kill $pid; wait $pid; cp -r $TMPDIR/out results/' TERM
./solve --out $TMPDIR/out &
pid=$!
wait $pid
cp -r $TMPDIR/out results/
