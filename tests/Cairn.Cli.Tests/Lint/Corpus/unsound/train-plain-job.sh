#!/bin/bash
#SBATCH --time=1-00:00:00
#SBATCH --output=%x-%j.out
module load anaconda
source activate torch
python -u train.py --epochs 100
