#!/bin/bash
#SBATCH --ntasks=1 --time=6:00:00
#SBATCH --signal=USR2@120 --requeue
#SBATCH hetjob
#SBATCH --ntasks=8 --time=4:00:00
srun --het-group=0,1 ./coupled
