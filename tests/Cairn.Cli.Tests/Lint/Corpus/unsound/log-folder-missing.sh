#!/bin/bash
#SBATCH --time=10
#SBATCH --output=missing/%x_%j.out
#SBATCH --error=missing/%x_%j.err
mkdir -p missing
python train.py
