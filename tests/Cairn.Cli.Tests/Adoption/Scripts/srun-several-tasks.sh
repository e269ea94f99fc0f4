#!/bin/bash
#SBATCH --time=1-0 --ntasks=4 --signal=USR1@300
srun --cpu-bind=cores \
    python train.py \
    --resume > train.log 2>&1
