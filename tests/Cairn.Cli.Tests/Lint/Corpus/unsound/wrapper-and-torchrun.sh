#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun cairn run -- torchrun --nproc-per-node 4 train.py
