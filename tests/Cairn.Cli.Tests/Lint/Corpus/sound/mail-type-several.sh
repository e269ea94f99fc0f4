#!/bin/bash
#SBATCH --mail-type=begin,END,,TIME_LIMIT_80
#SBATCH --time=10
./solve
