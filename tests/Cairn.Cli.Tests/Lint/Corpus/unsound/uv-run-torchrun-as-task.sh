#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
srun uv run torchrun --standalone --nproc-per-node=4 fit.py --resume
