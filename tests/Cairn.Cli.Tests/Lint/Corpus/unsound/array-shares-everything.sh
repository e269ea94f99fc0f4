#!/bin/bash
#SBATCH --array=0-9
#SBATCH --time=12:00:00
#SBATCH --output=sweep.log
python train.py --seed $SLURM_ARRAY_TASK_ID --checkpoint-dir checkpoints
