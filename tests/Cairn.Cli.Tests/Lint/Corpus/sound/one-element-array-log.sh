#!/bin/bash
#SBATCH --array=7
#SBATCH --output=run.log
#SBATCH --time=10
./solve
