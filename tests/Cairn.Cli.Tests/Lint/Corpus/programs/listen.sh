# A shell that listens, until the file "end" is there.
trap 'echo heard USR2; exit' USR2
echo listening
until [[ -e end ]]; do sleep 0.1; done
