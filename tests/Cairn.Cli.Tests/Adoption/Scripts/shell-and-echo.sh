#!/bin/bash
#SBATCH --time=60
srun bash -c 'python train.py; echo done'
