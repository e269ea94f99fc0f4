#!/bin/bash
#SBATCH --time=10:00:00 --time-min=2:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue --open-mode=append
module load dmtcp nersc_cr
start_coordinator -i 300
if [[ $(restart_count) == 0 ]]; then
  dmtcp_launch -j ./a.out &
else
  ./dmtcp_restart_script.sh &
fi
ckpt_command=ckpt_dmtcp
requeue_job func_trap USR1
wait
