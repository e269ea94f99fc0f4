#!/bin/bash
#SBATCH --time=60
python train.py
if [ $? -eq 75 ]; then
    scontrol requeue $SLURM_JOB_ID
fi
