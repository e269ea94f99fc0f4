#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
docker run --rm --gpus all -v "$PWD:/work" image python fit.py --resume
