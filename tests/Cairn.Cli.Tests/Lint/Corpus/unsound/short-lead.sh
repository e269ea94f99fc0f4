#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@10
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
