#!/bin/bash
#SBATCH --time=10
# SBATCH --mem=4.5G
./solve
