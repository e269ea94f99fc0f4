#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ "$SLURM_NTASKS" -gt 1 ]; then
  srun python fit.py
else
  python fit.py
fi
