#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

set -e
forward() { kill -USR1 "$PID"; }
trap forward USR1
python train.py --resume &
PID=$!
wait $PID
echo "done"
