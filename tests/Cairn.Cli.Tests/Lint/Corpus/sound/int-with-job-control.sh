#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
set -m
python fit.py --resume &
pid=$!
trap 'kill -INT $pid' USR1
while kill -0 $pid 2> /dev/null; do wait $pid; done
