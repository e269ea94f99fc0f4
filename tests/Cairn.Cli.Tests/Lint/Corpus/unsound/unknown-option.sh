#!/bin/bash
#SBATCH --time=10
#SBATCH --cpu-per-task=4
#SBATCH --job-name=my job
python train.py
