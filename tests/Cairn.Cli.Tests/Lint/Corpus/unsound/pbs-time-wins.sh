#!/bin/bash
#SBATCH --time=10
#PBS -l walltime=00:30:00
./solve
