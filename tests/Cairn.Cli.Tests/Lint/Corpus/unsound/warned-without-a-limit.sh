#!/bin/bash
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
