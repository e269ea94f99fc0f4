#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
until srun python fit.py --resume; do sleep 60; done
