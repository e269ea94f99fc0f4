#!/bin/bash
#SBATCH --time=1:00:00 --dependency=singleton --open-mode=append
#SBATCH --signal=B:USR1@90
again() {
  sbatch "$0"
}
trap again USR1
/opt/portal/start
while true; do
  sleep 60
done
