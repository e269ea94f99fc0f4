#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR2@120
exec torchrun --no-python --nproc-per-node 4 cairn run --checkpoint-dir ckpt -- python fit.py --resume
