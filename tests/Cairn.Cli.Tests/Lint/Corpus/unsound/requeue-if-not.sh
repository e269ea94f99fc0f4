#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
if ! srun python fit.py --resume; then
    echo "failed, once more"
    scontrol requeue $SLURM_JOB_ID
fi
