#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

./monitor --every 10 > monitor.log &
exec cairn run -- ./train
