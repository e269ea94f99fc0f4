#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=USR1@120
cmd="python fit.py --resume --name=$1"
cmd="$cmd --seed=$SEED"
echo "$cmd"
eval "$cmd"
