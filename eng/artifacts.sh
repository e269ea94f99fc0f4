# What eng/publish.sh and eng/pack.sh have in common; they source it at the root of the checkout.

# Two at once: the second waits for the first and then finds nothing left to do.
mkdir -p artifacts/packages
exec 9> artifacts/lock
flock 9

# Folders of its own: a build of the same projects may be going on. That one runs the analyzers. No path of this machine gets into it.
quietly=(--nologo --verbosity quiet --configuration Release --artifacts-path artifacts/build -p:RunAnalyzers=false
    -p:ContinuousIntegrationBuild=true)

# The first build makes these, which would renew the projects' own folders as if there were a source more or less.
mkdir -p src/{Cairn,Cairn.Cli,Cairn.Native,Cairn.TorchSharp}/{bin,obj}

# up_to_date STAMP SOURCE...: whether no source is newer. A stamp is older than every source that was read, and there only when all went well.
up_to_date() {
    local stamp=$1
    shift
    [[ -f $stamp && -z $(find "$@" eng Directory.*.props global.json .editorconfig \
        -type d \( -name bin -o -name obj \) -prune -o -newer "$stamp" -print -quit) ]]
}
