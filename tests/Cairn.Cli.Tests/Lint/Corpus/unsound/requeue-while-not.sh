#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
while ! python fit.py --resume; do
    sleep 10
    scontrol requeue $SLURM_JOB_ID
done
