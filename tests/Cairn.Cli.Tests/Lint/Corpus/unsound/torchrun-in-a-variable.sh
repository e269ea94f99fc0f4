#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
LAUNCHER="torchrun --nproc_per_node 4"
export CMD="$LAUNCHER pretrain.py"
srun --wait=60 --kill-on-bad-exit=1 bash -c "$CMD"
