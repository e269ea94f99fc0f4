#!/bin/bash
#SBATCH --time=12:00:00 --nodes=2 --ntasks-per-node=4
#SBATCH --signal=USR2@120 --requeue --open-mode=append
export MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
srun --cpu-bind=cores python -u fit.py --resume
