#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
OUT=runs/exp1
[ -d "$OUT" ] && rm -r "$OUT"
export CAIRN_CHECKPOINT_DIR=$OUT
srun python fit.py
