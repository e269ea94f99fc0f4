#!/bin/bash
#SBATCH --ntasks=32# how many tasks
#SBATCH --partition=gpu# see sinfo
#SBATCH --mem=4G#memory
#SBATCH --job-name=x# my job
#SBATCH --time=10
srun ./solve
