#!/bin/bash
#SBATCH --time=10
#SBATCH --mem=4G
#SBATCH --mem-per-cpu=1G
python train.py
