#!/bin/bash
#SBATCH --job-name=train
#SBATCH --cpus-per-task=32
#SBATCH --gpus-per-node=4
#SBATCH --time=12:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --requeue

export CAIRN_CHECKPOINT_DIR=ckpt

exec cairn run --checkpoint-dir "$CAIRN_CHECKPOINT_DIR" -- torchrun --standalone --nproc_per_node=4 train.py
