#!/bin/bash
#SBATCH --time=24:00:00
#SBATCH --requeue --open-mode=append
timeout 23h python fit.py --resume
if [[ $? -eq 124 ]]; then
  scontrol requeue $SLURM_JOB_ID
fi
