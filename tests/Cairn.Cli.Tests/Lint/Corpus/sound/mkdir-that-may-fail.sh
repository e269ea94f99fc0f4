#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
set -e
mkdir results || true
[ -d out ] || mkdir out
srun python fit.py --out results --resume
