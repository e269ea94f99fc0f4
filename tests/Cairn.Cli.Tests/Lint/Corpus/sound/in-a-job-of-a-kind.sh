#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [[ -z "${SLURM_JOB_ID:-}" ]]; then
  python fit.py
elif [[ -n "${SLURM_JOB_ID:-}" ]]; then
  srun python fit.py --resume
else
  ./never
fi
