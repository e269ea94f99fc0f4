#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --ntasks=4
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun -n 1 cairn run --checkpoint-dir ckpt -- python train.py
