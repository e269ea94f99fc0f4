#!/bin/bash
hours=4
job="#!/bin/bash
#SBATCH --time=$hours:00:00
#SBATCH --nodes=2
srun ./solve"
echo "$job" > child.sbatch
sbatch child.sbatch
