#!/usr/bin/env bash
# Write images.env: the base images with the digests that their tags have now. `make images` calls
# this. It needs docker with buildx, and the registry. nginx makes no new images for bookworm.
set -euo pipefail

digest() {
  docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1"
}

while read -r name image; do
  echo "$name=$image@$(digest "$image")"
done >images.env.new <<IMAGES
PYTHON_IMAGE python:3.11-slim-bookworm
NGINX_IMAGE nginx:1-trixie
POSTGRES_IMAGE postgres:17
IMAGES
mv images.env.new images.env
cat images.env
