#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ "$SLURM_JOB_ID" ]; then
  launch="srun"
else
  launch=""
fi
$launch python fit.py --resume
