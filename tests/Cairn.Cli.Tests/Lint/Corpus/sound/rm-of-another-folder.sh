#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
CACHE=cache
rm -rf "$CACHE"
srun python fit.py --checkpoint-dir runs --resume
