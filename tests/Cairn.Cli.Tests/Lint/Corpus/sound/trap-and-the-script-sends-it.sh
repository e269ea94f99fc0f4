#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
trap 'scontrol requeue $SLURM_JOB_ID' USR1
srun ./solve &
pid=$!
( sleep 40000; kill -USR1 $$ ) &
wait $pid
