#!/bin/zsh
#SBATCH --time=30
./solve
