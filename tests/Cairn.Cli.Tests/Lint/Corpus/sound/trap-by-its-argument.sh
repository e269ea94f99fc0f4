#!/bin/bash
#SBATCH --time=12:00:00
on_signal() {
  if [ "$1" = TERM ]; then
    echo "TERM is left to the program"
  else
    cp log.txt "$HOME"
  fi
}
trap 'on_signal TERM' TERM
./simulate
