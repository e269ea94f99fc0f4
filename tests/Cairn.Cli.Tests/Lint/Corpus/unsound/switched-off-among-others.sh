#!/bin/bash
#SBATCH --gres=gpu:a100:1
# SBATCH --gres=gpu:t4:1
#SBATCH --mem=8G
# SBATCH --mem=200G
#SBATCH --time=10
./solve
