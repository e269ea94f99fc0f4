#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH --partition=short,long
./work
