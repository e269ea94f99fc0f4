#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@120
save() {
    echo "saving"
    kill -USR2 "$pid"
    exit 0
}
trap save USR1
python fit.py --resume &
pid=$!
wait $pid
