#!/bin/bash
#SBATCH -t 600 -N 4 --ntasks-per-node=1
srun torchrun --nnodes 4 --nproc_per_node 8 --rdzv_backend c10d --rdzv_endpoint $HOST:29500 train.py
