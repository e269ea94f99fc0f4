#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR2@120
exec cairn run --checkpoint-dir ckpt -- torchrun --nproc-per-node 4 programs/looks.py
