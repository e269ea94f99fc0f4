#!/bin/bash
#SBATCH --time=1:00:00
nvidia-smi --query-gpu=utilization.gpu --format=csv -l 10 > gpu.csv &
MONITOR=$!
python simulate.py
kill $MONITOR
