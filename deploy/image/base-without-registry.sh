#!/bin/sh
# Makes a base image where no registry can be reached: Debian by debootstrap, and the Node of this checkout.
# usage, as root: deploy/image/base-without-registry.sh [name of the image, default skerry-base]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${1:-skerry-base}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
debootstrap --variant=minbase --include=ca-certificates bookworm "$folder"
cp "$root/node_modules/.bin/node" "$folder/usr/local/bin/node"
npm=$(dirname "$(readlink -f "$(command -v npm)")")/..
mkdir -p "$folder/usr/local/lib/node_modules"
cp -R "$npm" "$folder/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
# Whatever this machine trusts, so that npm ci works in it behind a proxy of a company.
cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
rm -rf "$folder/var/cache/apt/archives" "$folder/var/lib/apt/lists"
tar -C "$folder" -c . | docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - "$image"
