#!/bin/bash
#SBATCH -t 600 -N 1 --gpus-per-node=4
torchrun --standalone --nproc_per_node=4 \
    train.py \
    --save-dir ckpts/a
