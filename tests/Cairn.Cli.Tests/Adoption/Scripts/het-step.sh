#!/bin/bash
#SBATCH --time=02:00:00
#SBATCH --job-name=my
srun -n 2 python train.py --output_dir ck : -n 1 python ps.py
