#!/bin/bash
#SBATCH --job-name=train
#SBATCH --account=physics
#SBATCH --partition=gpu,long
#SBATCH --qos=high
#SBATCH --constraint=a100&ib
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --gpus-per-node=a100:4
#SBATCH --time=1-12:00:00
#SBATCH --output=out/logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@300
#SBATCH --requeue

module load cuda/12.4 gcc
source "$(conda info --base)/etc/profile.d/conda.sh"
conda activate torch
export OMP_NUM_THREADS=8
export TITLE='it'\''s $5'
export CAIRN_CHECKPOINT_DIR=ckpt

exec cairn run --lead 300s --checkpoint-dir "$CAIRN_CHECKPOINT_DIR" -- srun --kill-on-bad-exit=1 cairn run --task -- python -u train.py
