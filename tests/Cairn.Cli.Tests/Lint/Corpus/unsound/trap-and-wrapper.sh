#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

trap 'echo warned' USR2
cairn run -- python train.py
