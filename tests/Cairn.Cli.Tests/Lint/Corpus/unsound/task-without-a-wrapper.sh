#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --ntasks=4
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun cairn run --task -- python train.py
