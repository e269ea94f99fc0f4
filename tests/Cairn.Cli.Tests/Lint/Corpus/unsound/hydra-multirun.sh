#!/bin/bash
#SBATCH --time=12:00:00
python train.py -m hydra/launcher=submitit_slurm lr=0.1,0.01
