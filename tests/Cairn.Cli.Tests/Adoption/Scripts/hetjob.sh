#!/bin/bash
#SBATCH --time=60
#SBATCH hetjob
#SBATCH --gpus=1
srun python train.py
