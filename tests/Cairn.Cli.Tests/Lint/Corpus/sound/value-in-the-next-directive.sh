#!/bin/bash
#SBATCH -p
#SBATCH gpu
#SBATCH --time 
#SBATCH 10
./solve
