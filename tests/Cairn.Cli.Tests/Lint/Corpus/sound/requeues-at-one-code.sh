#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
code=0
srun python fit.py --resume || code=$?
[[ $code -eq 75 ]] && scontrol requeue $SLURM_JOB_ID
