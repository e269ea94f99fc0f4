#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --nodes=1 --ntasks-per-node=4
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun cairn run -- python train.py
