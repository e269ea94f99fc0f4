#!/bin/bash
#SBATCH --time=1:00:00
#SBATCH hetjob --ntasks=4
#SBATCH --ntasks=1 hetjob
./coupled
