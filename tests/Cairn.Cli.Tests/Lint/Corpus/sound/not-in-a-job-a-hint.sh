#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [[ ! -v SLURM_JOB_ID ]]; then
  echo "submit it with sbatch" >&2
  python fit.py --resume
  exit 2
fi
srun python fit.py --resume
