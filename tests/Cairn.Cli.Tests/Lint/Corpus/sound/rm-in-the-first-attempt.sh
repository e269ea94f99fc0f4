#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
if [ -z "$SLURM_RESTART_COUNT" ]; then rm -rf ckpt; fi
srun python fit.py --checkpoint-dir ckpt --resume
