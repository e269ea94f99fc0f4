#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
handle() { kill -USR1 ${PYPID}; wait ${PYPID}; scontrol requeue ${SLURM_JOB_ID}; }
trap handle USR1
module load cuda
for seed in 1 2 3; do
  srun python main.py --seed $seed &
  PYPID=$!
  wait $PYPID
done
