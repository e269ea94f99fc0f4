#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
cmd=(python fit.py --epochs 5)
cmd+=(--lr 0.1)
"${cmd[@]}"
