#!/bin/bash
#SBATCH --time=00:02:00
#SBATCH --signal=USR2@90
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train
