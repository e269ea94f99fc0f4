#!/bin/bash
#SBATCH --job-name=bert
#SBATCH --time=12:00:00
#SBATCH --gpus=1

module load cuda
source ~/venv/bin/activate
python train.py --lr 3e-4
