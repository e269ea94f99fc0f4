#!/bin/bash
#SBATCH --time=10
#SBATCH --mem-per-cpu=100
./count
