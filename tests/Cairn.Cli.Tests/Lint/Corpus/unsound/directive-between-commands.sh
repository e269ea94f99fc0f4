#!/bin/bash
#SBATCH --time=1:00:00
module load python
#SBATCH --time=2:00:00
python train.py
