#!/bin/bash
#SBATCH --job-name=present
#SBATCH --output=%x/%j.out
#SBATCH --time=10
./solve
