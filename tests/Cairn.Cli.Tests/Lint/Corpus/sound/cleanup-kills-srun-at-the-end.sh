#!/bin/bash
#SBATCH --time=12:00:00
srun ./server &
pid=$!
trap 'kill $pid' EXIT
./client
