#!/bin/bash
#SBATCH --partition=short
#SBATCH --time=2-00:00:00
./work
