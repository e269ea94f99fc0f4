#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --nodes=2
hq server start &
sleep 5
srun hq worker start &
hq submit --wait ./solve
