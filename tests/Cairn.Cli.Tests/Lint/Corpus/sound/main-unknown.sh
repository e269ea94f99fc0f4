#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue --open-mode=append
main() {
  trap 'kill -USR1 $pid' USR1
  ./tool & pid=$!
  wait "$pid"; wait "$pid"
}
"$@"
