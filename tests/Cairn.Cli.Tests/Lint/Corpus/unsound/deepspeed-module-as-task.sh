#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
srun --ntasks=1 python -m deepspeed.launcher.runner fit.py --resume
