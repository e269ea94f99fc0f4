#!/bin/bash
#SBATCH --output=run#1.log
#SBATCH --time=10
./solve
