#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --nodes=2 --ntasks-per-node=1
exec cairn run --checkpoint-dir ckpt -- srun cairn run --task -- torchrun --nnodes 2 --nproc-per-node 4 programs/looks.py
