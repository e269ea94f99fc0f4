#!/bin/bash
#SBATCH --time=10:00
#SBATCH --partition=[partition_name]
#SBATCH --qos=[qos]
#SBATCH --constraint=[intel]
./solve
