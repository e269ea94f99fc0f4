namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>Commands that prepare and tell, and are over soon: builtins of the shell, tools for files, modules, environments and Slurm.</summary>
internal static class Utilities
{
    private static readonly HashSet<string> Names = new(
        (": . [ [[ (( alias awk basename bc break cat cd chgrp chmod chown clear column continue cp cut date declare df dirname disown du "
         + "echo enable eval exit export expr false file find flock free getconf getent git grep gunzip gzip hash head hostname id ifconfig install "
         + "ip jobs join kill ldd less let ln local locale logname ls lscpu lsblk lsof md5sum mkdir mkfifo mktemp ml module more mv "
         + "nproc numfmt nvcc nvidia-smi rocm-smi od paste pgrep pip pip3 pkill popd printenv printf ps pushd pwd read readarray mapfile readlink "
         + "readonly realpath renice return rm rmdir rsync sacct sacctmgr sattach sbatch sbcast scancel scontrol scp sdiag sed seq set sha256sum "
         + "shift shopt shuf sinfo sleep sort source spack split sprio squeue sshare ssh sstat stat strings sum sync tac tail tar tee test times "
         + "top touch tr trap true tput tty type typeset ulimit umask unalias uname uniq unset unxz unzip uptime wait wc wget curl "
         + "which whoami xz yes zcat zip zstd conda mamba micromamba lfs quota myquota ldconfig dos2unix envsubst jq openssl "
         + "activate deactivate workon use vpkg_require mail mailx sendmail seff jobstats pigz bzip2 bunzip2 lz4 rclone aws gsutil gcloud azcopy s3cmd hsi htar globus "
         + "unlink fusermount mount umount logger ping nc netstat ss killall who free vmstat iostat sar pidstat htop watch tree stty setfacl getfacl ipcs ipcrm getopt getopts "
         + "bind compgen let virtualenv wandb huggingface-cli hf gdown kaggle dvc nvidia-cuda-mps-control dcgmi sgather scrontab squashfuse lsb_release rev tee fold fmt nl "
         + "column comm diff patch cmp dd od xxd base64 sha1sum md5 cal bg fg rename parted inotifywait newgrp sg id groups module-info clush pdsh").Split(' '),
        StringComparer.Ordinal);

    public static bool Contains(string name) => Names.Contains(name);
}
