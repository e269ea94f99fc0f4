#!/bin/bash
#SBATCH --time=60
#SBATCH --array=1-10%1
python train.py --resume
