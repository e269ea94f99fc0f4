#!/bin/bash
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
log=$(scontrol show job "$SLURM_JOB_ID" | grep -o 'StdOut=.*' | cut -d= -f2)
trap 'kill -USR1 $pid; wait $pid; cp "$log" "$log.${SLURM_RESTART_COUNT:-0}"; scontrol requeue $SLURM_JOB_ID' USR1
srun ./solve --resume &
pid=$!
wait $pid
