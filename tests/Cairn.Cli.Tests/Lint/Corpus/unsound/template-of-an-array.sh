#!/bin/bash
#SBATCH --time=10
#SBATCH --output={{log}}
#SBATCH --error={{ log | /dev/null }}
#SBATCH --cpus-per-task={{ cores }}
#SBATCH --array=1-4
srun ./solve
