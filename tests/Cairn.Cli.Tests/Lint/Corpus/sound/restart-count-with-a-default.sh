#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
set -u
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then
  ARGS="--resume"
else
  ARGS=""
fi
srun python fit.py $ARGS
