#!/bin/bash
#SBATCH --nodes=3 --ntasks-per-node=1 --time=2:00:00
nodes=$(scontrol show hostnames "$SLURM_JOB_NODELIST")
nodes_array=($nodes)
head_node=${nodes_array[0]}
srun --nodes=1 --ntasks=1 -w "$head_node" ray start --head --block &
sleep 10
worker_num=$((SLURM_JOB_NUM_NODES - 1))
for ((i = 1; i <= worker_num; i++)); do
    srun --nodes=1 --ntasks=1 -w "${nodes_array[$i]}" ray start --address "$head_node:6379" --block &
    sleep 5
done
python -u tune_model.py
