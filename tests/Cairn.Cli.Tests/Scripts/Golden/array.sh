#!/bin/bash
#SBATCH --job-name=train
#SBATCH --time=06:00:00
#SBATCH --array=0-15%4
#SBATCH --output=logs/%x-%A_%a.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --requeue

source .venv/bin/activate
export CAIRN_CHECKPOINT_DIR='my ckpt'/"$SLURM_ARRAY_TASK_ID"

exec cairn run --checkpoint-dir "$CAIRN_CHECKPOINT_DIR" -- srun cairn run --task -- python train.py --name 'a b' $'line\nbreak'
