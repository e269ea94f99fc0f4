#!/bin/bash
#SBATCH --time=12:00:00
for attempt in 1 2 3; do
  srun ./solve --restart && break
done
