#!/bin/bash
#SBATCH --time=10
module load gcc
#SBATCH --mem=4G
#SBATCH --mem=8G
./solve
