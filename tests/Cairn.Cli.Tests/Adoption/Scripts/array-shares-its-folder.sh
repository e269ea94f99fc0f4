#!/bin/bash
#SBATCH --time=2:00:00 --array=1-10
python train.py --seed $SLURM_ARRAY_TASK_ID --save-dir ckpt
