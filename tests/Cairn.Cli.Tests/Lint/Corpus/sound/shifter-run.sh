#!/bin/bash
#SBATCH --time=10
srun shifter run --mount=type=bind,source=/data,destination=/data example/solver:1 ./solve
