#!/bin/bash
#SBATCH --time=2:00:00 --array=1-10
python train.py --save-dir="ckpt/seed-$SLURM_ARRAY_TASK_ID"
