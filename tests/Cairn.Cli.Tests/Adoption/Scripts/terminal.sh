#!/bin/bash
#SBATCH --time=02:00:00
#SBATCH --job-name=my
srun --pty python train.py
