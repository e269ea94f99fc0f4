#!/bin/bash
#SBATCH --account=YOUR_ACCOUNT
#SBATCH --mail-user=your_email@example.com
#SBATCH --partition=CHANGEME
#SBATCH --time=10
python train.py
