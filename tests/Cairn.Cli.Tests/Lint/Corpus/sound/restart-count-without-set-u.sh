#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
[ "$SLURM_RESTART_COUNT" ] && echo again
srun python fit.py
