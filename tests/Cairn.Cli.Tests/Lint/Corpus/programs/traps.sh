on_warning() { kill -USR1 "$pid"; }
trap on_warning USR1
