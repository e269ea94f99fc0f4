#!/bin/bash
#SBATCH --job-name=run#3
#SBATCH --time=10
python train.py
