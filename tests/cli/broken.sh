#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# broken.sh SCRIPT: makes m, a copy of a sound model, and runs SCRIPT in it to break it.
set -eu
rm -rf m
mkdir m
for name in config.json generation_config.json tokenizer.json tokenizer_config.json \
    model.safetensors cases.json; do
    cp "$SOURCE/tests/models/qwen3/$name" m
done
cd m
eval "$1"
