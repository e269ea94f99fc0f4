#!/bin/bash
# SBATCH --mem=16G
 #SBATCH --cpus-per-task=4
#sbatch --gres=gpu:1
#SBATCH --time=10
python train.py
