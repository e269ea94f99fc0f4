#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun bash -c 'if [ $SLURM_PROCID = 0 ]; then exec python server.py; else exec python client.py; fi'
