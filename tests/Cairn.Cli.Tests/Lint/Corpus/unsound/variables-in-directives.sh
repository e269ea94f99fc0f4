#!/bin/bash
#SBATCH --time=10
#SBATCH --output=$HOME/logs/%j.out
#SBATCH --error=~/logs/%j.err
#SBATCH --job-name=run-${SEED}
python train.py
