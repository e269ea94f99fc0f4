#!/bin/bash
#SBATCH --time=30
set -eE
trap 'echo "failed in line $LINENO"' ERR
./solve
