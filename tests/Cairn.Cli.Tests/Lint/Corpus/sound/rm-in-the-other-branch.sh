#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ -f ckpt/last.pt ]; then echo go on; else rm -rf ckpt; fi
srun python fit.py --checkpoint-dir ckpt --resume
