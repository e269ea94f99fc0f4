#!/bin/bash
#SBATCH --time=1:00:00
moduel load gcc
./solve
