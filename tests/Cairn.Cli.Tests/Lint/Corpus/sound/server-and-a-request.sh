#!/bin/bash
#SBATCH --time=1:00:00
./server --port 8000 &
sleep 20
curl -s localhost:8000/work > out.json
