#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
pids=""
srun -n1 --exact ./fit --part 1 --resume &
pids="$pids $!"
srun -n1 --exact ./fit --part 2 --resume &
pids="$pids $!"
trap 'kill $pids; wait; scontrol requeue $SLURM_JOB_ID' USR1
wait
