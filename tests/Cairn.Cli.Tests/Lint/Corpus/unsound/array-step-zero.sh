#!/bin/bash
#SBATCH --array=1-10:0
#SBATCH --time=10
./solve
