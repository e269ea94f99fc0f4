#!/bin/bash
#SBATCH --time=24:00:00
#SBATCH --gpus=4
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun cairn run --checkpoint-dir ckpt -- torchrun --nproc-per-node 4 programs/looks.py
