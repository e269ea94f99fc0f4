#!/bin/bash
#SBATCH -t 8:00:00 --job-name=jupyter
port=$(shuf -i8000-9999 -n1)
node=$(hostname -s)
echo "ssh -N -L $port:$node:$port login"
jupyter-lab --no-browser --port=$port --ip=$node
