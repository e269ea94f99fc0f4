#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun cairn run --checkpoint-dir ckpt -- python train.py
