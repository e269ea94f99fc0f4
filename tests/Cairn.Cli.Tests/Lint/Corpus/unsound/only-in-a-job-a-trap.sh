#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
if [[ -n "${SLURM_JOB_ID:-}" ]]; then
  trap 'scontrol requeue "$SLURM_JOB_ID"; exit 0' USR1
  srun python fit.py --resume
else
  python fit.py --resume
fi
