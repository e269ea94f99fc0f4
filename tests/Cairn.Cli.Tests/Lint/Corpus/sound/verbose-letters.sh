#!/bin/bash
#SBATCH -vvv -Q
#SBATCH -vHn2
#SBATCH --time=1-
./solve
