#!/bin/bash

# Parameters
#SBATCH --cpus-per-task=10
#SBATCH --error=/home/someone/log/%j_0_log.err
#SBATCH --gpus-per-node=8
#SBATCH --job-name=train
#SBATCH --mem=320GB
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=8
#SBATCH --open-mode=append
#SBATCH --output=/home/someone/log/%j_0_log.out
#SBATCH --signal=USR2@90
#SBATCH --time=1320
#SBATCH --wckey=submitit

# command
export SUBMITIT_EXECUTOR=slurm
srun --unbuffered --output /home/someone/log/%j_%t_log.out --error /home/someone/log/%j_%t_log.err /home/someone/env/bin/python -u -m submitit.core._submit /home/someone/log
