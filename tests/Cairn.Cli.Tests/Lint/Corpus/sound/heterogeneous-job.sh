#!/bin/bash
#SBATCH --ntasks=1 --mem=8G --time=30
#SBATCH hetjob
#SBATCH --ntasks=16 --mem-per-cpu=1G --time=30
srun --het-group=0 ./master : --het-group=1 ./worker
