#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
OUT=runs/exp1
rm -rf "$OUT"
srun python fit.py --checkpoint-dir "$OUT" --resume
