#!/bin/bash
#SBATCH --container-image=/images/torch.sqsh
#SBATCH --container-mounts=/data:/data
#SBATCH --time=4:00:00
srun ./solve
