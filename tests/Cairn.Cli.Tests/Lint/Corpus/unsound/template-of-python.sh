#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --nodes={nodes}
#SBATCH --time={time_minutes}
#SBATCH --output={folder}/run.log
./solve
