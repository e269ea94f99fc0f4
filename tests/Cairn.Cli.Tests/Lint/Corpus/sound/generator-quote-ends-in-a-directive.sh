#!/bin/bash
n=2
head="#!/bin/bash
#SBATCH --time=30
#SBATCH --nodes=$n # how many"
printf '%s\n./solve\n' "$head" > run.sh
