#!/bin/bash
#SBATCH --output=XXXX.out
#SBATCH --time=10
./solve
