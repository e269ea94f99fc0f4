#!/bin/bash
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120
entry=${ENTRY:-main}
on_signal() { kill -TERM "$pid"; }
main() {
  trap on_signal USR1
  ./tool & pid=$!
  wait "$pid" || true
  wait "$pid"
}
$entry
