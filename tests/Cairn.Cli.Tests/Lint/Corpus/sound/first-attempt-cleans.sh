#!/bin/bash
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

if [ -z "$SLURM_RESTART_COUNT" ]; then
    rm -rf checkpoints
    mkdir checkpoints
fi
srun ./train
