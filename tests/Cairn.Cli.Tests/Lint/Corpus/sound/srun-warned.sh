#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120        # a warning two minutes before the limit
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
