#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

exec cairn run -- conda run -n torch python train.py
