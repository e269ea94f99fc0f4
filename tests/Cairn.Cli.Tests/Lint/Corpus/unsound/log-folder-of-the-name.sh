#!/bin/bash
#SBATCH --job-name=missing-name
#SBATCH --output=%x/%j.out
#SBATCH --time=10
./solve
