#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
apptainer instance start --nv image.sif model
model() { kill -USR1 $pid; wait $pid; apptainer instance stop model; scontrol requeue $SLURM_JOB_ID; }
trap model USR1
srun ./fit --resume &
pid=$!
wait $pid
apptainer instance stop model
