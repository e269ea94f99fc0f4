#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
#SBATCH --nodes=2 --ntasks-per-node=1
srun torchrun --nnodes 2 --nproc_per_node 4 fit.py --resume
