#!/bin/bash
#SBATCH --time=30
./solve &
disown
