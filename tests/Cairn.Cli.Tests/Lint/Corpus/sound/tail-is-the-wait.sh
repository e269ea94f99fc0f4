#!/bin/bash
#SBATCH --time=12:00:00
./a > a.log &
tail -f a.log
