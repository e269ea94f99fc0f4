#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
if [ ! -d data ]; then
    exit 1
fi
srun python fit.py --resume
code=$?
echo "ended with $code"
if [[ $code != 0 ]]; then
    echo again
    scontrol requeue "$SLURM_JOB_ID"
fi
exit $code
