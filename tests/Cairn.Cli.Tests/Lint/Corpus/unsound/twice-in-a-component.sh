#!/bin/bash
#SBATCH --ntasks=1 --time=6:00:00
#SBATCH hetjob
#SBATCH --ntasks=8
#SBATCH --ntasks=16
srun --het-group=0,1 ./coupled
