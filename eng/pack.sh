#!/usr/bin/env bash
# Packs into artifacts/packages/ what is given away by NuGet: the libraries, the command line as a dotnet tool, the templates, and
# the symbols. Nothing to do where the sources are as they were. Needs the .NET 10 SDK.
# A package names the repository, and its symbols the sources there (SourceLink), where the checkout has a remote that GitHub, GitLab,
# Azure or Bitbucket serve: git remote add origin URL. Without one the symbols' own copy of the sources has to do.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
[[ $# -eq 0 ]] || { echo "pack: $1: it takes no options; see the head of eng/pack.sh" >&2; exit 2; }
source eng/artifacts.sh

packages=artifacts/packages stamp=artifacts/packages/.made
if up_to_date "$stamp" src templates CHANGELOG.md; then
    echo "$packages is up to date"
    exit 0
fi

rm -f "$stamp" "$packages"/*.nupkg "$packages"/*.snupkg
touch artifacts/packages.begun
for project in src/Cairn src/Cairn.TorchSharp src/Cairn.Cli templates; do
    dotnet pack "$project" "${quietly[@]}" --output "$packages" 9>&-
done
mv artifacts/packages.begun "$stamp"

git remote get-url origin > /dev/null 2>&1 || echo "pack: the checkout has no remote 'origin': the packages name no repository"
for package in "$packages"/*.nupkg; do
    echo "$package: $(($(stat --format %s "$package") / 1000)) kB"
done
