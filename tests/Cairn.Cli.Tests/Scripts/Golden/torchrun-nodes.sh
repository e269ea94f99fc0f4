#!/bin/bash
#SBATCH --job-name=train
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=32
#SBATCH --gpus-per-node=4
#SBATCH --time=12:00:00
#SBATCH --output=logs/%x-%j.out
#SBATCH --open-mode=append
#SBATCH --signal=B:USR2@120
#SBATCH --requeue

export CAIRN_CHECKPOINT_DIR=ckpt
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)

exec cairn run --checkpoint-dir "$CAIRN_CHECKPOINT_DIR" -- srun --cpus-per-task=32 cairn run --task -- python3 -u -m torch.distributed.run --nnodes="$SLURM_NNODES" --rdzv_id="$SLURM_JOB_ID" --rdzv_backend=c10d --rdzv_endpoint="$head:29500" --nproc_per_node=4 train.py
