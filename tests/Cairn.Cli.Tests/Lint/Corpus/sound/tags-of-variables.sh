#!/bin/bash
#SBATCH --job-name=cluster
${PARTITION_OPTION}
#SBATCH --nodes=2
srun ./solve
