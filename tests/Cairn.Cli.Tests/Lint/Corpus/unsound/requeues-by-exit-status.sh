#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
max_restarts=4
iteration=${SLURM_RESTART_COUNT:-0}
term_handler()
{
    echo "executing term handler at $(date)"
    if [[ $restarts -lt $max_restarts ]]; then
        scontrol requeue ${SLURM_JOB_ID}
        exit 0
    fi
}
scontext=$(scontrol show job ${SLURM_JOB_ID})
restarts=$(echo ${scontext} | grep -o 'Restarts=[0-9]*' | cut -d= -f2)
trap 'term_handler' SIGTERM
srun ./solve --resume &
wait
