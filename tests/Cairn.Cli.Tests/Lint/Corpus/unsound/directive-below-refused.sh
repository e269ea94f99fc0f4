#!/bin/bash
#SBATCH --time=10
module load gcc
#SBATCH --mem=4.5G
./solve
