#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
set -euo pipefail
mkdir -p results/a
srun python fit.py --out results --resume
