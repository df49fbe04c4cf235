#!/usr/bin/env bash
# Builds every sample paper: corpus/samples/<name>/<name>.pdf from <name>.tex. Needs latexmk and pdflatex.
# The same sources and the same TeX give the same bytes.
set -euo pipefail
cd "$(dirname "$0")"
export SOURCE_DATE_EPOCH=1700000000 FORCE_SOURCE_DATE=1 TZ=UTC LC_ALL=C
for source in */*.tex; do
    name=$(basename "$source" .tex)
    work=$(mktemp -d)
    (cd "$name" && latexmk -pdf -silent -interaction=nonstopmode -halt-on-error -output-directory="$work" "$name.tex" >"$work/latexmk.out" 2>&1) \
        || { cat "$work/latexmk.out" >&2; exit 1; }
    cp "$work/$name.pdf" "$name/$name.pdf"
    rm -r "$work"
    echo "$name: $(wc -c <"$name/$name.pdf") bytes"
done
