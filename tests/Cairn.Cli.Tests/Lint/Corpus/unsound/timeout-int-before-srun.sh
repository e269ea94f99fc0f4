#!/bin/bash
#SBATCH --time=24:00:00
#SBATCH --requeue --open-mode=append
timeout -s INT 23h srun python fit.py --resume || code=$?
[[ $code -eq 124 ]] && scontrol requeue $SLURM_JOB_ID
