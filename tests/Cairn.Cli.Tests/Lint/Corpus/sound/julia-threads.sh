#!/bin/bash
#SBATCH -t 10:00:00 -c 8
julia --project=. -t 8 simulate.jl
