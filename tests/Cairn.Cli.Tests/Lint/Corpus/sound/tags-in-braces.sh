#!/bin/bash
#SBATCH --nodes=1
{email}
#SBATCH --time=60
./solve
