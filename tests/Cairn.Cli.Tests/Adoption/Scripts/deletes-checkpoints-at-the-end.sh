#!/bin/bash
#SBATCH --time=02:00:00
#SBATCH --job-name=my
trap 'rm -rf ck' EXIT
python train.py --output_dir ck
