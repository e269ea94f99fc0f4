#!/bin/bash
#SBATCH --time=60 --ntasks=2
srun python train.py
cp -r results ~/
