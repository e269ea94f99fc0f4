#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
[ -d ckpt ] && rm -r ckpt
srun python fit.py --checkpoint-dir ckpt --resume
