#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
set -euo pipefail
if [ "$SLURM_RESTART_COUNT" -gt 0 ]; then
  ARGS="--resume"
else
  ARGS=""
fi
srun python fit.py $ARGS
