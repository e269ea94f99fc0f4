#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:INT@120
#SBATCH --requeue
#SBATCH --open-mode=append
python train.py --resume
