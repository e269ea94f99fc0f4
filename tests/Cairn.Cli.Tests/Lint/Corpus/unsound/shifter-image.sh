#!/bin/bash
#SBATCH --image=docker:org/app:2.1
#SBATCH --volume="/scratch/in:/data"
#SBATCH -C haswell -q regular
#SBATCH -t 2:00:00
srun shifter ./solve --in /data
