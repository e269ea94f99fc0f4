#!/bin/bash
#SBATCH --time=30
nohup ./solve > out.log 2>&1 &
wait
