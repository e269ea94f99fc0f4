#!/bin/bash
#SBATCH --time=60
python train.py &
pid=$!
wait $pid
echo $pid > last-pid
