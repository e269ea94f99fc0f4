#!/bin/bash
#SBATCH --array=10-1
#SBATCH --time=10
./solve
