#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
PY="$HOME/envs/torch/bin/python3"
"$PY" -u fit.py --resume
