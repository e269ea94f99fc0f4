#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun ./train &
trap 'kill -USR2 $!' USR2
while kill -0 $! 2> /dev/null; do
    wait $!
    code=$?
done
exit $code
