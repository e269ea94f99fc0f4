#!/bin/bash
#SBATCH --time=1:00:00
trap 'rm -rf $scratch; exit 1' TERM INT USR1
scratch=$(mktemp -d)
./solve $scratch
