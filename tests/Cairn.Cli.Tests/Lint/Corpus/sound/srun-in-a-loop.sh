#!/bin/bash
#SBATCH --time=12:00:00
for i in $(seq 10); do
  srun ./solve $i
done
