#!/bin/bash
#SBATCH --time=10
module load solver
#SBATCH NOTE: more memory for the large grid
./solve
