#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
module load nersc_cr
srun ./solve &
requeue_job func_trap USR1
wait
