#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
code=0
srun python fit.py --resume || code=$?
if (( code == 75 )); then scontrol requeue $SLURM_JOB_ID; fi
