#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --nodes=1
#SBATCH --gpus-per-node=4
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

torchrun --standalone --nproc_per_node=4 train.py
