#!/bin/bash
#SBATCH --partition=shrot
#SBATCH --time=10
./work
