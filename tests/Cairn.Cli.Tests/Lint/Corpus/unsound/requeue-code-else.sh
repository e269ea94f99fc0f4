#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
srun python fit.py --resume
code=$?
if [ $code -eq 0 ]; then
    touch finished
else
    scontrol requeue $SLURM_JOB_ID
fi
