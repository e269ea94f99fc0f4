#!/bin/bash
#SBATCH --array=1-10%1
#SBATCH --time=03:00:00
#SBATCH --output=%x-%A_%a.out
#SBATCH --signal=USR1@120
#SBATCH --requeue --open-mode=append
srun python fit.py --checkpoint-dir ckpt --resume auto
