#!/bin/bash
#SBATCH --time=10
#SBATCH --mem=1G
#SBATCH -t 20
python train.py
