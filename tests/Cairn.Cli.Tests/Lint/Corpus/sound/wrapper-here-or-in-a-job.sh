#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

if [[ -n $SLURM_JOB_ID ]]; then
    exec cairn run --checkpoint-dir ckpt -- python train.py
fi
cairn run --checkpoint-dir ckpt -- python train.py
