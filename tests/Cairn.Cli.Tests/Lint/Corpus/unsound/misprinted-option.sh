#!/bin/bash
#SBATCH --cpu-per-task=4
#SBATCH --job_name=x
#SBATCH --ntask=4
#SBATCH --mail-typ=END
#SBATCH --outptu=x.log
#SBATCH --tiem=10
./solve
