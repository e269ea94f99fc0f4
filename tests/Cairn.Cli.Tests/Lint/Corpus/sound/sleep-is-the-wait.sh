#!/bin/bash
#SBATCH --time=12:00:00
./a > a.log &
./b > b.log &
sleep 42000
