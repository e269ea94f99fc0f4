#!/bin/bash
#SBATCH --nodes=3-1
#SBATCH --time=10
./solve
