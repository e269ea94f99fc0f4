#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
source programs/traps.sh
./solve &
pid=$!
wait $pid
wait $pid
