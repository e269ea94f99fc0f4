#!/bin/bash
#SBATCH --time=1:00:00
./server --port 8080 &
while kill -0 $! 2> /dev/null; do
    sleep 10
done
