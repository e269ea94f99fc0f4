#!/bin/bash
#SBATCH --time=6:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun \
    --ntasks=1 \
    python -u train.py \
        --lr 1e-3 \
        --note "it's a \"test\" # of quotes" \
        2>&1 | tee train.log
