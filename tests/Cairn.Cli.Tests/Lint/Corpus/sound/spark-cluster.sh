#!/bin/bash
#SBATCH --nodes=3 --ntasks-per-node=1 --time=2:00:00
module load spark
start-master.sh
srun start-worker.sh spark://$(hostname):7077 &
sleep 30
spark-submit --master spark://$(hostname):7077 job.py
